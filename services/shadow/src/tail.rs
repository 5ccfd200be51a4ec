//! `shadow tail`: executions as they happen, in a terminal or for a program.

mod json;
mod line;
mod notice;
mod output;
mod since;
mod wanted;

use anyhow::Context;
use futures_util::StreamExt;
use shadow_client::proto::streaming::v1::watch_response::Message;
use shadow_client::proto::streaming::v1::{Execution, Topic, WatchRequest, WatchResponse};
use shadow_client::{Client, WatchConfig};
use shadow_runtime::shutdown::Shutdown;

use crate::connection::Connection;

use line::Lines;
use notice::Notices;
use output::Output;
use since::Since;
use wanted::{Names, Wanted};

/// How many executions it begins with, and how many at most.
const BEGIN: u32 = 20;
const BEGIN_MOST: u32 = 500;

/// Show executions as they open, start and end
///
/// It begins with the executions that were opened last, and ends there unless --follow is given. Then it goes on with
/// every change that is committed, through restarts of the server and broken connections: nothing is left out, nothing
/// shown twice. Where it was away for more than the server keeps, or was too slow, it says so and shows the latest
/// executions again. Ctrl-C ends it; it says then from where to go on.
#[derive(Debug, clap::Args)]
pub(crate) struct Tail {
    /// Go on with every change
    #[arg(long, short)]
    follow: bool,
    /// Begin with so many of the executions that were opened last, at most 500 [default: 20, or 500 with --since AGE]
    #[arg(long, short = 'n', value_name = "COUNT", value_parser = clap::value_parser!(u32).range(0..=i64::from(BEGIN_MOST)))]
    lines: Option<u32>,
    /// Begin with what happened since: an age such as 10m, or a cursor that --json or Ctrl-C gave
    ///
    /// With an age, those of the latest executions are shown that opened, started or ended within it. The server is
    /// asked for at most 500 executions; a note says where that may leave some out. With a cursor, every change after it
    /// is shown, without exception; the server keeps 24 hours of them. After the cursor of a snapshot, a change that this
    /// held already may come once more, under the same revision. A cursor needs --follow.
    #[arg(long, value_name = "AGE|CURSOR")]
    since: Option<Since>,
    #[command(flatten)]
    wanted: Wanted,
    /// Write one JSON object on each line, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Tail {
    /// Shows until Ctrl-C, the end of what was asked for, or an error that another attempt would not change.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let after = match &self.since {
            Some(Since::Cursor(cursor)) => Some(cursor.clone()),
            Some(Since::Age(_)) | None => None,
        };
        if after.is_some() && !self.follow {
            anyhow::bail!("--since with a cursor shows what is committed after it: add --follow");
        }
        let stop = Shutdown::on_signal().context("signals cannot be waited for")?;
        let (client, names) = tokio::select! {
            connected = self.connect() => connected?,
            () = stop.requested() => return Ok(()),
        };
        let request = WatchRequest {
            topics: vec![Topic::Executions.into()],
            workspace_ids: self.wanted.workspace_ids(&names)?,
            execution_filter: Some(self.wanted.filter()),
            cursor: after,
            snapshot_size: self.lines().max(1),
        };
        let form = match self.json {
            true => Form::Json,
            false => Form::Lines(Lines::for_output(names)),
        };
        let showing = Showing {
            tail: &self,
            form,
            notices: Notices::default(),
            cursor: request.cursor.clone(),
            lagged: false,
        };
        showing.run(&client, request, &stop).await
    }

    async fn connect(&self) -> anyhow::Result<(Client, Names)> {
        let client = self.connection.connect().await?;
        let names = wanted::names(&client, &self.wanted).await?;
        Ok((client, names))
    }

    fn lines(&self) -> u32 {
        let begin = match self.since {
            Some(Since::Age(_)) => BEGIN_MOST,
            Some(Since::Cursor(_)) | None => BEGIN,
        };
        self.lines.unwrap_or(begin)
    }
}

/// How executions are written.
enum Form {
    Json,
    Lines(Lines),
}

/// What one message comes to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Shown {
    text: String,
    note: Option<String>,
    /// Whether this is all where nothing is followed.
    last: bool,
}

struct Showing<'a> {
    tail: &'a Tail,
    form: Form,
    notices: Notices,
    /// From where to go on.
    cursor: Option<String>,
    /// It was told that changes were left out, and a snapshot is about to follow.
    lagged: bool,
}

impl Showing<'_> {
    async fn run(
        mut self,
        client: &Client,
        request: WatchRequest,
        stop: &Shutdown,
    ) -> anyhow::Result<()> {
        let mut watch = client.watch_with(request, WatchConfig::default());
        let mut states = watch.states();
        let mut output = Output::to_stdout();
        if let Form::Lines(lines) = &self.form {
            output.write(lines.head()).await;
        }
        loop {
            let message = tokio::select! {
                biased;
                () = stop.requested() => break,
                () = output.ended() => break,
                Ok(()) = states.changed() => {
                    self.notices.state(&states.borrow_and_update());
                    continue;
                }
                message = watch.next() => message,
            };
            let message = message.context("the server ended the watch")?;
            let message = message.context("the executions cannot be watched")?;
            if let Form::Lines(lines) = &mut self.form {
                lines.learn(client, &message).await;
            }
            let shown = self.shown(&message);
            if let Some(note) = &shown.note {
                notice::say(note);
            }
            let written = tokio::select! {
                biased;
                () = stop.requested() => break,
                written = output.write(shown.text) => written,
            };
            if !written {
                break;
            }
            if !message.cursor.is_empty() {
                self.cursor = Some(message.cursor);
            }
            if shown.last && !self.tail.follow {
                break;
            }
        }
        output.finish().await.context("the output broke")?;
        if stop.is_requested()
            && let Some(cursor) = &self.cursor
        {
            notice::say(&format!("--follow --since {cursor} goes on from here"));
        }
        Ok(())
    }

    fn shown(&mut self, response: &WatchResponse) -> Shown {
        match &response.message {
            Some(Message::Heartbeat(heartbeat)) => {
                self.notices.server_time(heartbeat.server_time);
                Shown::default()
            }
            Some(Message::Snapshot(snapshot)) => self.snapshot(response, &snapshot.executions),
            Some(Message::Change(change)) => Shown {
                text: match &self.form {
                    Form::Json => json::change(&response.cursor, change),
                    Form::Lines(lines) => change
                        .execution
                        .as_ref()
                        .map(|execution| lines.execution(execution))
                        .unwrap_or_default(),
                },
                ..Shown::default()
            },
            Some(Message::Lagged(lagged)) => {
                self.lagged = true;
                let missed = lagged.missed;
                Shown {
                    text: match self.form {
                        Form::Json => json::lagged(&response.cursor, missed),
                        Form::Lines(_) => String::new(),
                    },
                    note: Some(format!(
                        "{missed} changes were left out, since they were not read in time; the latest executions follow"
                    )),
                    last: false,
                }
            }
            // Nothing else was asked for.
            Some(Message::Counters(_)) | None => Shown::default(),
        }
    }

    fn snapshot(&mut self, response: &WatchResponse, executions: &[Execution]) -> Shown {
        let wanted = match self.tail.lines() {
            // The server has no snapshot without executions.
            0 => &[],
            _ => executions,
        };
        let since = match &self.tail.since {
            Some(Since::Age(age)) => self.notices.time().checked_sub_signed(*age),
            Some(Since::Cursor(_)) | None => None,
        };
        let mut kept: Vec<&Execution> = wanted
            .iter()
            .filter(|execution| since.is_none_or(|since| line::at(execution) >= Some(since)))
            .collect();
        // The oldest first, as what follows comes after it.
        kept.reverse();
        let full = since.is_some()
            && kept.len() == wanted.len()
            && wanted.len() == self.tail.lines() as usize;
        let told = std::mem::take(&mut self.lagged);
        let again = (self.cursor.is_some() && !told).then(|| {
            "what changed meanwhile is no longer kept; the latest executions follow".to_owned()
        });
        Shown {
            text: match &self.form {
                Form::Json => json::snapshot(&response.cursor, &kept),
                Form::Lines(lines) => kept
                    .iter()
                    .map(|execution| lines.execution(execution))
                    .collect(),
            },
            note: full
                .then(|| {
                    format!(
                        "older executions may be missing: these are the {} that were opened last",
                        kept.len()
                    )
                })
                .or(again),
            last: true,
        }
    }
}

#[cfg(test)]
mod tests;
