//! `shadow erasure`: people who are to be erased, and how far that has come.

use anyhow::{Context, bail, ensure};
use chrono::{DateTime, SecondsFormat, Utc};
use shadow_auth::Scope;
use shadow_client::proto::streaming::v1::{Event, UserErased, event};
use shadow_storage::erasure::{self, Record};
use uuid::Uuid;

use crate::connection::Connection;
use crate::data_folder::Chosen;
use crate::database;
use crate::query::{table, workspace};

/// How many rows are shown.
const SHOWN: i64 = 200;

const HEAD: [&str; 7] = [
    "asked",
    "by",
    "workspace",
    "pseudonym",
    "executions",
    "activities",
    "state",
];

/// Erase people from every workspace, and show how far that has come
#[derive(Debug, clap::Args)]
pub(crate) struct Erasure {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Ask that a person be erased, which cannot be taken back: numbers stay, and who did it becomes a pseudonym
    Request(Request),
    /// Print who asked for what, the latest first, in the database that DATABASE_URL names, else in the local stack
    List(Chosen),
}

#[derive(Debug, clap::Args)]
struct Request {
    /// The person's id
    #[arg(value_name = "USER")]
    user: String,
    /// The workspace in whose record it is to stand, by its id or its name; it holds in all of them
    #[arg(long, value_name = "ID|NAME")]
    workspace: String,
    /// Say that you mean it
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Erasure {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Request(request) => request.run().await,
            Command::List(data) => list(&data).await,
        }
    }
}

impl Request {
    #[expect(clippy::print_stdout, reason = "what became of what was asked for")]
    async fn run(self) -> anyhow::Result<()> {
        ensure!(
            self.yes,
            "it cannot be taken back: say --yes if you mean it"
        );
        let client = self.connection.connect().await?;
        let found = workspace::resolve(&client, &[self.workspace]).await?;
        let Some(workspace) = found.into_iter().next() else {
            bail!("there is no such workspace");
        };
        let now = Utc::now();
        let event = Event {
            event_id: Uuid::now_v7().to_string(),
            workspace_id: workspace.id,
            occurred_at: Some(prost_types::Timestamp {
                seconds: now.timestamp(),
                nanos: 0,
            }),
            event: Some(event::Event::UserErased(UserErased { user_id: self.user })),
        };
        let answer = client
            .publish_batch(vec![event])
            .await
            .context("the erasure could not be asked for")?;
        if let Some(refused) = answer.refusals.first() {
            bail!("{}: {}", refused.field, refused.description);
        }
        println!("It holds from now on; `shadow erasure list` says when nothing is left.");
        Ok(())
    }
}

#[expect(clippy::print_stdout, reason = "what was asked for")]
async fn list(data: &Chosen) -> anyhow::Result<()> {
    let database = database::connect(data).await?;
    let scope = Scope::system("erasures for the operator");
    let records = erasure::list(&database, &scope, None, SHOWN)
        .await
        .context("the erasures could not be listed")?;
    print!("{}", rows(&records));
    Ok(())
}

/// The last three columns but one are numbers.
fn rows(records: &[Record]) -> String {
    let mut rows = vec![HEAD.map(str::to_owned).to_vec()];
    rows.extend(records.iter().map(|record| {
        vec![
            time(record.recorded_at),
            record.requested_by.clone(),
            record.workspace_id.to_string(),
            record.pseudonym.clone(),
            record.executions.to_string(),
            record.activities.to_string(),
            record
                .finished_at
                .map_or_else(|| "under way".to_owned(), |at| format!("done {}", time(at))),
        ]
    }));
    table::aligned(&rows, HEAD.len())
}

/// A time as RFC 3339, to the second.
fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_who_asked_and_how_far_it_is() {
        let at = DateTime::from_timestamp(1_750_000_000, 0).unwrap_or_default();
        let record = Record {
            workspace_id: Uuid::from_u128(1),
            occurred_at: at,
            event_id: Uuid::from_u128(2),
            pseudonym: "erased-x".to_owned(),
            requested_by: "olga".to_owned(),
            recorded_at: at,
            finished_at: None,
            executions: 3,
            activities: 4,
        };
        let done = Record {
            finished_at: Some(at),
            ..record.clone()
        };
        let text = rows(&[record, done]);
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines[1].contains("olga") && lines[1].contains("under way"),
            "{text}"
        );
        assert!(lines[2].contains("done 2025-06-15T15:06:40Z"), "{text}");
    }
}
