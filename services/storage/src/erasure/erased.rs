//! Who was erased, as a process knows it, and what that makes of what comes in.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

use diesel::sql_types::{BigInt, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use shadow_auth::Scope;
use shadow_domain::execution::{Execution, Identity};
use shadow_domain::fact::{Content, Fact, pseudonym};
use uuid::Uuid;

use crate::broken::{self, Broken};
use crate::database::Transaction;
use crate::error::While;
use crate::statement::statement;
use crate::{Database, Error};

statement!(
    Last<'a> = "last.sql",
    (known: i64 as BigInt) -> BigInt
);

statement!(
    Since<'a> = "since.sql",
    (known: i64 as BigInt) -> (Text, BigInt)
);

const DOING: &str = "looking who was erased";

/// People who were erased, up to one of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Erased {
    /// The number of the last one that is known.
    last: i64,
    salt: Uuid,
    pseudonyms: HashSet<String>,
}

/// What a process knows. It looks again when a transaction finds that it is behind.
#[derive(Debug, Default)]
pub(crate) struct Known(RwLock<Arc<Erased>>);

impl Known {
    pub(crate) fn get(&self) -> Arc<Erased> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&known)
    }

    /// Asks who was erased since it last did.
    pub(crate) async fn refresh(&self, db: &Database) -> Result<(), Error> {
        let mut erased = Erased::clone(&self.get());
        let scope = Scope::system("erased people");
        let mut transaction = db.read(&scope, None).await?;
        let read = read(&mut transaction, &mut erased).await;
        transaction.end(read).await?;
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.last < erased.last {
            *known = Arc::new(erased);
        }
        Ok(())
    }
}

async fn read(transaction: &mut Transaction, erased: &mut Erased) -> Result<(), Error> {
    erased.salt = salt(transaction).await?;
    let since = Since {
        known: &erased.last,
    };
    let rows = since
        .load::<(String, i64)>(transaction.connection())
        .await
        .doing(DOING)?;
    for (pseudonym, number) in rows {
        erased.pseudonyms.insert(pseudonym);
        erased.last = number;
    }
    Ok(())
}

/// What pseudonyms are made with.
pub(crate) async fn salt(transaction: &mut Transaction) -> Result<Uuid, Error> {
    diesel::select(diesel::dsl::sql::<SqlUuid>(
        "(SELECT salt FROM analytics.erasure_salt)",
    ))
    .get_result::<Uuid>(transaction.connection())
    .await
    .doing(DOING)
}

/// Fails where somebody was erased whom the facts of this transaction were not looked at for. It comes after everything
/// else that the transaction writes.
pub(crate) async fn check(
    mut connection: &diesel_async::AsyncPgConnection,
    known: &Erased,
) -> Result<(), Error> {
    if broken::is(Broken::EraseWithoutCheck) {
        return Ok(());
    }
    let last = Last { known: &known.last }
        .get_result::<i64>(&mut connection)
        .await
        .doing(DOING)?;
    if last > known.last {
        return Err(Error::Outdated);
    }
    Ok(())
}

impl Erased {
    fn is_nobody(&self) -> bool {
        self.pseudonyms.is_empty()
    }

    /// What a person who was erased is called.
    pub(crate) fn alias(&self, user_id: &str) -> Option<String> {
        if self.is_nobody() {
            return None;
        }
        let alias = pseudonym(self.salt, user_id);
        self.pseudonyms.contains(&alias).then_some(alias)
    }

    /// Whether it is what an erased person is called.
    pub(crate) fn is_alias(&self, user_id: &str) -> bool {
        self.pseudonyms.contains(user_id)
    }

    /// Executions as they are to be stored.
    pub(crate) fn executions<'a>(&self, executions: &'a [Execution]) -> Cow<'a, [Execution]> {
        if self.is_nobody() || !executions.iter().any(|one| self.concerns(one)) {
            return Cow::Borrowed(executions);
        }
        let mut executions = executions.to_vec();
        for execution in &mut executions {
            self.execution(execution);
        }
        Cow::Owned(executions)
    }

    /// Facts as they are to be stored.
    pub(crate) fn facts<'a>(&self, facts: &'a [Fact]) -> Cow<'a, [Fact]> {
        let concerned =
            |fact: &Fact| named(&fact.content).is_some_and(|user_id| self.alias(user_id).is_some());
        if self.is_nobody() || !facts.iter().any(concerned) {
            return Cow::Borrowed(facts);
        }
        let mut facts = facts.to_vec();
        for fact in &mut facts {
            self.content(&mut fact.content);
        }
        Cow::Owned(facts)
    }

    /// Whether an execution names somebody who was erased.
    fn concerns(&self, execution: &Execution) -> bool {
        let given_by = || execution.feedback.as_ref()?.given_by.as_deref();
        let of = |user: Option<&str>| user.is_some_and(|user| self.alias(user).is_some());
        of(execution.identity.user_id.as_deref()) || of(given_by())
    }

    /// Puts pseudonyms into an execution; says whether there was anything to put.
    pub(crate) fn execution(&self, execution: &mut Execution) -> bool {
        let mut concerned = self.identity(&mut execution.identity);
        if let Some(feedback) = &mut execution.feedback
            && let Some(alias) = feedback
                .given_by
                .as_deref()
                .and_then(|user| self.alias(user))
        {
            feedback.given_by = Some(alias);
            // In the person's own words.
            feedback.comment = None;
            concerned = true;
        } else if concerned
            && let Some(feedback) = &mut execution.feedback
            && feedback.given_by.is_none()
        {
            // Who rates without a name is most likely whose execution it is.
            feedback.comment = None;
        }
        concerned
    }

    fn identity(&self, identity: &mut Identity) -> bool {
        let alias = identity
            .user_id
            .as_deref()
            .and_then(|user| self.alias(user));
        let concerned = alias.is_some();
        if concerned {
            identity.user_id = alias;
        }
        concerned
    }

    /// Puts pseudonyms into what a fact says.
    pub(crate) fn content(&self, content: &mut Content) {
        match content {
            Content::Activity(activity) => self.replace(&mut activity.user_id),
            Content::Membership(membership) => self.replace(&mut membership.user_id),
            Content::User(user) => {
                if let Some(alias) = self.alias(&user.user_id) {
                    user.user_id = alias;
                    user.name = None;
                    user.email = None;
                }
            }
            Content::Step(step) => {
                self.identity(&mut step.identity);
            }
            // An erasure is stored by itself, and never comes here.
            Content::Erasure(_)
            | Content::Credit(_)
            | Content::Subscription(_)
            | Content::Workspace(_)
            | Content::Agent(_)
            | Content::Plan(_) => {}
        }
    }

    fn replace(&self, user_id: &mut String) {
        if let Some(alias) = self.alias(user_id) {
            *user_id = alias;
        }
    }
}

/// Whom a fact names: what [`Erased::content`] replaces.
fn named(content: &Content) -> Option<&str> {
    match content {
        Content::Activity(activity) => Some(&activity.user_id),
        Content::Membership(membership) => Some(&membership.user_id),
        Content::User(user) => Some(&user.user_id),
        Content::Step(step) => step.identity.user_id.as_deref(),
        Content::Erasure(_)
        | Content::Credit(_)
        | Content::Subscription(_)
        | Content::Workspace(_)
        | Content::Agent(_)
        | Content::Plan(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use shadow_domain::execution::Trigger;
    use shadow_domain::fact::{
        Activity, ActivityType, Agent, Membership, Step, StepKind, StepStatus, User,
    };

    use super::*;

    /// A fact of each kind that names somebody.
    fn naming(user_id: &str) -> Vec<Fact> {
        let user_id = user_id.to_owned();
        let step = Step {
            identity: Identity {
                workspace_id: Uuid::nil(),
                execution_id: Uuid::nil(),
                opened_at: Utc::now(),
                agent_id: String::new(),
                agent_version: None,
                trigger: Trigger::User,
                environment: None,
                user_id: Some(user_id.clone()),
                timeout_micros: None,
            },
            number: 1,
            kind: StepKind::ALL[0],
            name: None,
            started_at: None,
            ended_at: Utc::now(),
            status: StepStatus::ALL[0],
            input_tokens: None,
            output_tokens: None,
            error_kind: None,
            error_message: None,
        };
        let contents = [
            Content::Activity(Activity {
                user_id: user_id.clone(),
                activity_type: ActivityType::PageView,
                session_id: None,
                name: None,
                path: None,
                device: None,
            }),
            Content::Membership(Membership {
                user_id: user_id.clone(),
                role: None,
            }),
            Content::User(User {
                user_id,
                name: Some("a name".to_owned()),
                email: None,
                deleted: false,
            }),
            Content::Step(Box::new(step)),
        ];
        contents.map(of).into()
    }

    fn of(content: Content) -> Fact {
        Fact {
            workspace_id: Uuid::nil(),
            occurred_at: Utc::now(),
            event_id: Uuid::nil(),
            content,
        }
    }

    #[test]
    fn facts_are_copied_only_where_somebody_of_them_was_erased() {
        let erased = Erased {
            last: 1,
            salt: Uuid::nil(),
            pseudonyms: [pseudonym(Uuid::nil(), "ada")].into(),
        };
        let mut others = naming("bob");
        others.push(of(Content::Agent(Agent {
            agent_id: "ada".to_owned(),
            name: None,
            deleted: false,
        })));
        assert!(matches!(erased.facts(&others), Cow::Borrowed(_)));
        for fact in naming("ada") {
            let facts = erased.facts(std::slice::from_ref(&fact)).into_owned();
            assert_ne!(facts, [fact]);
        }
    }
}
