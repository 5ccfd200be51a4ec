//! People who were erased: what is right to find of what they did, and that nothing names them.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};
use shadow_domain::execution::Execution;
use shadow_domain::fact::Content;
use shadow_storage::erasure::Record;
use shadow_storage::{Database, erasure};
use tokio_postgres::{Client, NoTls};

use super::{Findings, scope};
use crate::ledger::Ledger;
use crate::subject::{Key, Subject};

/// More erasures than any campaign asks for.
const ALL: i64 = 1_000_000;

/// People who were erased, and what they are called now.
#[derive(Debug, Default)]
pub(crate) struct Erased(BTreeMap<String, String>);

/// The record of erasures.
pub(crate) async fn record(db: &Database) -> Result<Vec<Record>> {
    Ok(erasure::list(db, &scope(), None, ALL).await?)
}

impl Erased {
    /// Those whose erasure was sent and is in the record, which does not know them by their ids.
    pub(crate) fn of(ledger: &Ledger, record: &[Record]) -> Self {
        let recorded: HashMap<Key, &Record> = record
            .iter()
            .map(|record| ((record.workspace_id, record.event_id), record))
            .collect();
        let entries = ledger.entries.iter();
        let people = entries.filter_map(|(key, entry)| match &*entry.subject {
            Subject::Fact(fact) => match &fact.content {
                Content::Erasure(erasure) => {
                    let pseudonym = recorded.get(key)?.pseudonym.clone();
                    Some((erasure.user_id.clone(), pseudonym))
                }
                _ => None,
            },
            Subject::Execution(_) => None,
        });
        Self(people.collect())
    }

    /// How many people they are.
    pub(crate) fn count(&self) -> u64 {
        self.0.len() as u64
    }

    fn alias(&self, user_id: Option<&str>) -> Option<&String> {
        self.0.get(user_id?)
    }

    /// An execution as it is right to find it.
    pub(crate) fn execution<'a>(&self, sent: &'a Execution) -> Cow<'a, Execution> {
        let rater = sent.feedback.as_ref().map(|said| said.given_by.as_deref());
        let user = self.alias(sent.identity.user_id.as_deref());
        let gave = self.alias(rater.flatten());
        if user.is_none() && gave.is_none() {
            return Cow::Borrowed(sent);
        }
        let mut right = sent.clone();
        if let Some(user) = user {
            right.identity.user_id = Some(user.clone());
        }
        if let Some(feedback) = &mut right.feedback {
            // Where nobody signed it, it is most likely in the words of whose execution it is.
            if gave.is_some() || feedback.given_by.is_none() {
                feedback.comment = None;
            }
            if let Some(gave) = gave {
                feedback.given_by = Some(gave.clone());
            }
        }
        Cow::Owned(right)
    }
}

/// No row of any table names anybody of them.
pub(crate) async fn check(url: &str, erased: &Erased, findings: &mut Findings) -> Result<()> {
    if erased.0.is_empty() {
        return Ok(());
    }
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let connection = tokio::spawn(connection);
    let searched = search(&client, erased, findings).await;
    connection.abort();
    searched.context("looking for traces of who was erased")
}

async fn search(client: &Client, erased: &Erased, findings: &mut Findings) -> Result<()> {
    let people: Vec<&str> = erased.0.keys().map(String::as_str).collect();
    let people = people.join("|");
    let tables = client
        .query(
            "SELECT oid::regclass::text FROM pg_class
             WHERE relnamespace = 'analytics'::regnamespace AND relkind = 'r' ORDER BY 1",
            &[],
        )
        .await?;
    for table in tables {
        let table: String = table.get(0);
        let named = format!(
            "SELECT count(*), min(stored::text) FROM {table} AS stored WHERE stored::text ~ $1"
        );
        let found = client.query_one(&named, &[&people]).await?;
        let (rows, example): (i64, Option<String>) = (found.get(0), found.get(1));
        if let Some(example) = example {
            findings.traces(
                rows.unsigned_abs(),
                format!("{table} names who was erased: {example}"),
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::{DateTime, Utc};
    use shadow_domain::fact::{Erasure, Fact};
    use uuid::Uuid;

    use super::*;
    use crate::ledger::Draft;
    use crate::random::Random;
    use crate::subject::execution::draw;

    const WORKSPACE: Uuid = Uuid::from_u128(1);

    fn erased(user_id: &str) -> Erased {
        Erased(BTreeMap::from([(
            user_id.to_owned(),
            "erased-1".to_owned(),
        )]))
    }

    fn run(user: Option<&str>, rater: Option<&str>) -> Execution {
        let before = DateTime::UNIX_EPOCH;
        let mut execution = draw(&mut Random::new(1, 1), &[WORKSPACE], before).execution;
        execution.identity.user_id = user.map(str::to_owned);
        let feedback = execution.feedback.as_mut().unwrap();
        feedback.given_by = rater.map(str::to_owned);
        feedback.comment = Some("words".to_owned());
        execution
    }

    #[test]
    fn who_was_erased_goes_by_the_pseudonym_and_leaves_no_words() {
        let erased = erased("ada");
        let ada = |user, rater, comment: bool| {
            let mut right = run(user, rater);
            right.feedback.as_mut().unwrap().comment = comment.then(|| "words".to_owned());
            right
        };
        for (sent, right) in [
            (
                run(Some("bob"), Some("bob")),
                ada(Some("bob"), Some("bob"), true),
            ),
            (
                run(Some("ada"), Some("bob")),
                ada(Some("erased-1"), Some("bob"), true),
            ),
            (
                run(Some("bob"), Some("ada")),
                ada(Some("bob"), Some("erased-1"), false),
            ),
            (run(Some("ada"), None), ada(Some("erased-1"), None, false)),
            (run(None, None), ada(None, None, true)),
        ] {
            assert_eq!(*erased.execution(&sent), right);
        }
    }

    #[test]
    fn who_was_erased_is_who_is_in_the_record() {
        let fact = |id, user: &str| Fact {
            workspace_id: WORKSPACE,
            occurred_at: Utc::now(),
            event_id: Uuid::from_u128(id),
            content: Content::Erasure(Erasure {
                user_id: user.to_owned(),
                requested_by: String::new(),
            }),
        };
        let mut ledger = Ledger::default();
        for subject in [fact(1, "ada"), fact(2, "bob")] {
            let subject = Arc::new(Subject::Fact(subject));
            ledger.sending(&[Draft { subject, part: 0 }]);
        }
        let record = Record {
            workspace_id: WORKSPACE,
            occurred_at: Utc::now(),
            event_id: Uuid::from_u128(1),
            pseudonym: "erased-1".to_owned(),
            requested_by: "olga".to_owned(),
            recorded_at: Utc::now(),
            finished_at: None,
            executions: 0,
            activities: 0,
        };
        assert_eq!(Erased::of(&ledger, &[record]).0, erased("ada").0);
    }
}
