//! Dense numbers of agents and users, for bitmaps.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use diesel::sql_types::{Array, Integer, SmallInt, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use moka::sync::Cache;
use shadow_auth::Scope;
use shadow_domain::execution::{Execution, Trigger};
use shadow_domain::fact::{Fact, pseudonym};
use uuid::Uuid;

use crate::erasure::{self, Erased};
use crate::error::While;
use crate::statement::statement;
use crate::{Database, Error};

/// How many numbers a process remembers; forgetting one costs a look-up.
const REMEMBERED: u64 = 500_000;

statement!(
    /// Numbers what has no number yet.
    Assign<'a> = "ordinals_assign.sql",
    (
        kind: [i16] as Array<SmallInt>,
        space: [Uuid] as Array<SqlUuid>,
        id: [String] as Array<Text>,
    ) -> ()
);

statement!(
    /// The numbers there are.
    Numbered<'a> = "ordinals_numbered.sql",
    (
        kind: [i16] as Array<SmallInt>,
        space: [Uuid] as Array<SqlUuid>,
        id: [String] as Array<Text>,
    ) -> (SmallInt, SqlUuid, Text, Integer)
);

/// How often stored facts are numbered anew where somebody is erased meanwhile.
const ATTEMPTS: u32 = 5;

/// What has a number: its kind, the workspace of an agent or nil, and the id.
type Named = (i16, Uuid, String);

const AGENT: i16 = 1;
const USER: i16 = 2;

/// The numbers that this process remembers. They never change.
#[derive(Debug)]
pub(crate) struct Ordinals(Cache<Named, u32>);

impl Default for Ordinals {
    fn default() -> Self {
        Self(Cache::new(REMEMBERED))
    }
}

/// The numbers of everything that a batch names.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    agents: HashMap<Uuid, HashMap<String, u32>>,
    users: HashMap<String, u32>,
}

impl Numbers {
    /// The numbers of an execution's agent and, where a person asked for it, of its user.
    pub(crate) fn of(&self, execution: &Execution) -> Result<(u32, Option<u32>), Error> {
        let identity = &execution.identity;
        let missing = || Error::malformed("an ordinal", "it was not assigned");
        let agent = self
            .agents
            .get(&identity.workspace_id)
            .and_then(|agents| agents.get(&identity.agent_id))
            .ok_or_else(missing)?;
        let user = match acting_user(execution) {
            Some(user) => Some(*self.users.get(user).ok_or_else(missing)?),
            None => None,
        };
        Ok((*agent, user))
    }

    /// The number of who was active by a fact.
    pub(crate) fn of_fact(&self, fact: &Fact) -> Result<Option<u32>, Error> {
        let number = |user| {
            let number = self.users.get(user).copied();
            number.ok_or_else(|| Error::malformed("an ordinal", "it was not assigned"))
        };
        fact.active_user().map(number).transpose()
    }

    fn insert(&mut self, (kind, space, id): Named, ordinal: u32) {
        if kind == AGENT {
            self.agents.entry(space).or_default().insert(id, ordinal);
        } else {
            self.users.insert(id, ordinal);
        }
    }
}

/// A user counts as active only where a person asked for the execution.
fn acting_user(execution: &Execution) -> Option<&str> {
    let identity = &execution.identity;
    let user = identity.user_id.as_deref()?;
    (identity.trigger == Trigger::User).then_some(user)
}

impl Ordinals {
    /// The numbers of what the executions and facts name; what has none gets one, in a short transaction of its own, so
    /// that no writer waits for another's batch. Nothing gets one that was not looked at for who was erased: a number is
    /// kept whatever becomes of the batch, and an erased id must not come back with it.
    pub(crate) async fn of(
        &self,
        db: &Database,
        executions: &[Execution],
        facts: &[Fact],
        erased: &Erased,
    ) -> Result<Numbers, Error> {
        let mut numbers = Numbers::default();
        let mut unknown = Vec::new();
        for named in names(executions, facts) {
            match self.0.get(&named) {
                Some(ordinal) => numbers.insert(named, ordinal),
                None => unknown.push(named),
            }
        }
        if unknown.is_empty() {
            return Ok(numbers);
        }
        let scope = Scope::system("ordinals of agents and users");
        let mut transaction = db.write(&scope).await?;
        let assigned = match assign(&mut transaction, &unknown).await {
            Ok(assigned) => erasure::check(transaction.connection(), erased)
                .await
                .map(|()| assigned),
            Err(error) => Err(error),
        };
        for (named, ordinal) in transaction.end(assigned).await? {
            self.0.insert(named.clone(), ordinal);
            numbers.insert(named, ordinal);
        }
        Ok(numbers)
    }
}

/// Everything that needs a number, in the order in which rows are locked.
fn names<'a>(
    executions: &'a [Execution],
    facts: &'a [Fact],
) -> impl Iterator<Item = Named> + use<'a> {
    let agents: BTreeSet<(Uuid, &str)> = executions
        .iter()
        .map(|e| (e.identity.workspace_id, e.identity.agent_id.as_str()))
        .collect();
    let users: BTreeSet<&str> = executions
        .iter()
        .filter_map(acting_user)
        .chain(facts.iter().filter_map(Fact::active_user))
        .collect();
    let agents = agents
        .into_iter()
        .map(|(workspace, agent)| (AGENT, workspace, agent.to_owned()));
    let users = users
        .into_iter()
        .map(|user| (USER, Uuid::nil(), user.to_owned()));
    agents.chain(users)
}

/// Numbers what has none. A number that somebody else assigns at the same time is waited for, then found.
async fn assign(
    transaction: &mut crate::database::Transaction,
    names: &[Named],
) -> Result<Vec<(Named, u32)>, Error> {
    let kind: Vec<i16> = names.iter().map(|named| named.0).collect();
    let space: Vec<Uuid> = names.iter().map(|named| named.1).collect();
    let id: Vec<String> = names.iter().map(|named| named.2.clone()).collect();
    let assign = Assign {
        kind: &kind,
        space: &space,
        id: &id,
    };
    assign
        .execute(transaction.connection())
        .await
        .doing("numbering agents and users")?;
    numbered(transaction.connection(), &kind, &space, &id).await
}

async fn numbered(
    connection: &mut AsyncPgConnection,
    kind: &[i16],
    space: &[Uuid],
    id: &[String],
) -> Result<Vec<(Named, u32)>, Error> {
    let rows = Numbered { kind, space, id }
        .load::<(i16, Uuid, String, i32)>(connection)
        .await
        .doing("looking up the numbers of agents and users")?;
    rows.into_iter()
        .map(|(kind, space, id, ordinal)| {
            let ordinal =
                u32::try_from(ordinal).map_err(|error| Error::malformed("an ordinal", error))?;
            Ok(((kind, space, id), ordinal))
        })
        .collect()
}

/// The numbers of some agents, by workspace and id; nothing of those who have none.
pub(crate) async fn of_agents(
    connection: &mut AsyncPgConnection,
    agents: &[(Uuid, String)],
) -> Result<HashMap<(Uuid, String), u32>, Error> {
    let (space, id): (Vec<Uuid>, Vec<String>) = agents.iter().cloned().unzip();
    let kind = vec![AGENT; agents.len()];
    let numbered = numbered(connection, &kind, &space, &id).await?;
    let numbered = numbered.into_iter();
    Ok(numbered
        .map(|((_, workspace, agent), ordinal)| ((workspace, agent), ordinal))
        .collect())
}

/// Numbers agents and users of a workspace's facts that are already stored and have no number: people for whom only programs
/// have asked for something, which counts nobody as active. As where facts are stored, nobody gets one by an id that was
/// erased.
pub(crate) async fn number_stored(
    db: &Database,
    workspace: Uuid,
    agents: &[String],
    users: &[String],
    limit: Duration,
) -> Result<(), Error> {
    let scope = Scope::system("numbers of agents and users of stored facts");
    for _ in 0..ATTEMPTS {
        let erased = db.erasures().get();
        let agents = agents.iter().map(|id| (AGENT, workspace, id.clone()));
        // While somebody is being erased, facts still go by the id.
        let users = users.iter().map(|id| {
            let id = erased.alias(id).unwrap_or_else(|| id.clone());
            (USER, Uuid::nil(), id)
        });
        let names: BTreeSet<Named> = agents.chain(users).collect();
        let names: Vec<Named> = names.into_iter().collect();
        let mut transaction = db.work(&scope, limit).await?;
        let assigned = match assign(&mut transaction, &names).await {
            Ok(_) => erasure::check(transaction.connection(), &erased).await,
            Err(error) => Err(error),
        };
        match transaction.end(assigned).await {
            Err(Error::Outdated) => db.erasures().refresh(db).await?,
            done => return done,
        }
    }
    Err(Error::Outdated)
}

/// The numbers of facts that are already stored. Where a person is being erased the number is the pseudonym's already, while
/// some facts still go by the id.
pub(crate) async fn of_stored(
    transaction: &mut crate::database::Transaction,
    executions: &[Execution],
    facts: &[Fact],
) -> Result<Numbers, Error> {
    let names: Vec<Named> = names(executions, facts).collect();
    let kind: Vec<i16> = names.iter().map(|named| named.0).collect();
    let space: Vec<Uuid> = names.iter().map(|named| named.1).collect();
    let id: Vec<String> = names.into_iter().map(|named| named.2).collect();
    let mut numbers = Numbers::default();
    for (named, ordinal) in numbered(transaction.connection(), &kind, &space, &id).await? {
        numbers.insert(named, ordinal);
    }
    let users = (kind.iter().zip(id)).filter(|(kind, _)| **kind == USER);
    let unknown: Vec<String> = users
        .map(|(_, id)| id)
        .filter(|id| !numbers.users.contains_key(id))
        .collect();
    if unknown.is_empty() {
        return Ok(numbers);
    }
    let salt = erasure::salt(transaction).await?;
    let known_as: HashMap<String, String> = unknown
        .into_iter()
        .map(|user| (pseudonym(salt, &user), user))
        .collect();
    let aliases: Vec<String> = known_as.keys().cloned().collect();
    let (kind, space) = (vec![USER; aliases.len()], vec![Uuid::nil(); aliases.len()]);
    for ((_, _, alias), ordinal) in
        numbered(transaction.connection(), &kind, &space, &aliases).await?
    {
        if let Some(user) = known_as.get(&alias) {
            numbers.users.insert(user.clone(), ordinal);
        }
    }
    Ok(numbers)
}
