//! An execution as a line for people: aligned columns, and a colour for its status.

use std::fmt::Write;
use std::time::{Duration, Instant};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use chrono::{DateTime, SecondsFormat, Utc};
use prost_types::Timestamp;
use shadow_client::Client;
use shadow_client::proto::streaming::v1::watch_response::Message;
use shadow_client::proto::streaming::v1::{
    Execution, ExecutionEnd, ExecutionStatus, WatchResponse,
};
use tokio::time::timeout;

use super::wanted::{self, Names};

/// How often names are asked for at most, and how long the answer may take.
const ASK_EVERY: Duration = Duration::from_secs(1);
const ASK_FOR: Duration = Duration::from_secs(1);

const WORKSPACE: usize = 18;
const AGENT: usize = 20;
const MODEL: usize = 18;

/// How lines are written.
#[derive(Debug)]
pub(super) struct Lines {
    names: Names,
    /// When names were asked for last.
    asked: Instant,
    coloured: bool,
}

impl Lines {
    /// Coloured on a terminal, unless `NO_COLOR` or a terminal without colours says otherwise.
    pub(super) fn for_output(names: Names) -> Self {
        let choice = AutoStream::choice(&std::io::stdout());
        Self {
            names,
            asked: Instant::now(),
            coloured: choice != ColorChoice::Never,
        }
    }

    /// Asks for names anew where a message holds a workspace that has none, which may have been made meanwhile.
    pub(super) async fn learn(&mut self, client: &Client, response: &WatchResponse) {
        if self.asked.elapsed() < ASK_EVERY || !self.is_new(response) {
            return;
        }
        // Without an answer the ids do.
        if let Ok(Ok(names)) = timeout(ASK_FOR, wanted::all_names(client)).await {
            self.names = names;
        }
        self.asked = Instant::now();
    }

    fn is_new(&self, response: &WatchResponse) -> bool {
        let new = |execution: &Execution| !self.names.contains_key(&execution.workspace_id);
        match &response.message {
            Some(Message::Snapshot(snapshot)) => snapshot.executions.iter().any(new),
            Some(Message::Change(change)) => change.execution.as_ref().is_some_and(new),
            _ => false,
        }
    }

    /// The names of the columns.
    pub(super) fn head(&self) -> String {
        let head = format!(
            "{:<24}  {:<9}  {:>9}  {:<WORKSPACE$}  {:<AGENT$}  {:<MODEL$}  {:<36}  ERROR",
            "TIME", "STATUS", "WORKED", "WORKSPACE", "AGENT", "MODEL", "EXECUTION"
        );
        self.styled(Style::new().bold(), &head) + "\n"
    }

    /// One line. What is not known is a dash.
    pub(super) fn execution(&self, execution: &Execution) -> String {
        let identity = execution.identity.clone().unwrap_or_default();
        let end = execution.end.clone().unwrap_or_default();
        let agent = match execution.agent_name.as_str() {
            "" => &identity.agent_id,
            name => name,
        };
        let workspace = self
            .names
            .get(&execution.workspace_id)
            .unwrap_or(&execution.workspace_id);
        let status = format!("{:<9}", status(execution.status()));
        let mut line = format!(
            "{:<24}  {}  {:>9}  {:<WORKSPACE$}  {:<AGENT$}  {:<MODEL$}  {:<36}",
            at(execution).map_or_else(dash, |at| at.to_rfc3339_opts(SecondsFormat::Millis, true)),
            self.styled(colour(execution.status()), &status),
            end.duration.as_ref().map_or_else(dash, worked),
            cell(workspace, WORKSPACE),
            cell(agent, AGENT),
            end.model
                .as_deref()
                .map_or_else(dash, |model| cell(model, MODEL)),
            cell(&identity.execution_id, 36),
        );
        if let Some(error) = error(&end) {
            // Writing to a string cannot fail.
            let _ = write!(
                line,
                "  {}",
                self.styled(colour(execution.status()), &error)
            );
        }
        line.truncate(line.trim_end().len());
        line + "\n"
    }

    fn styled(&self, style: Style, text: &str) -> String {
        match self.coloured {
            true => format!("{style}{text}{style:#}"),
            false => text.to_owned(),
        }
    }
}

/// When the last of what is known of an execution happened.
pub(super) fn at(execution: &Execution) -> Option<DateTime<Utc>> {
    let opened = execution
        .identity
        .as_ref()
        .and_then(|identity| identity.opened_at.as_ref());
    let last = execution
        .ended_at
        .as_ref()
        .or(execution.started_at.as_ref());
    let said = execution.feedback_at.as_ref().and_then(instant);
    last.or(opened).and_then(instant).max(said)
}

/// The status by its name.
pub(super) fn status(status: ExecutionStatus) -> String {
    status
        .as_str_name()
        .trim_start_matches("EXECUTION_STATUS_")
        .to_ascii_lowercase()
}

/// The instant of a timestamp, where it is one.
pub(super) fn instant(at: &Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(at.seconds, u32::try_from(at.nanos).ok()?)
}

fn colour(status: ExecutionStatus) -> Style {
    let colour = match status {
        ExecutionStatus::Completed => AnsiColor::Green,
        ExecutionStatus::Failed => AnsiColor::Red,
        ExecutionStatus::TimedOut | ExecutionStatus::Cancelled => AnsiColor::Yellow,
        ExecutionStatus::Running => AnsiColor::Cyan,
        ExecutionStatus::Queued | ExecutionStatus::Unknown | ExecutionStatus::Unspecified => {
            return Style::new().dimmed();
        }
    };
    colour.on_default()
}

fn worked(duration: &prost_types::Duration) -> String {
    let millis = duration.seconds * 1_000 + i64::from(duration.nanos) / 1_000_000;
    let seconds = millis / 1_000;
    match seconds {
        0 => format!("{millis} ms"),
        1..60 => format!("{seconds}.{:02} s", millis % 1_000 / 10),
        60..3_600 => format!("{} m {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} m", seconds / 3_600, seconds / 60 % 60),
    }
}

fn error(end: &ExecutionEnd) -> Option<String> {
    let parts = [&end.error_kind, &end.error_message].into_iter().flatten();
    let text = parts.map(|part| clean(part)).collect::<Vec<_>>().join(": ");
    (!text.is_empty()).then_some(text)
}

/// A text of at most so many characters.
fn cell(text: &str, width: usize) -> String {
    let text = clean(text);
    match text.chars().nth(width) {
        None => text,
        Some(_) => text.chars().take(width - 1).chain(['…']).collect(),
    }
}

/// What producers write must not move the cursor of a terminal or begin a line.
fn clean(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

fn dash() -> String {
    "–".to_owned()
}

#[cfg(test)]
mod tests {
    use shadow_client::proto::streaming::v1::{ExecutionChange, ExecutionIdentity};

    use super::*;

    const WORKSPACE_ID: &str = "0190a5b4-7b1c-7c3e-9d1f-2a3b4c5d6e7f";
    const EXECUTION_ID: &str = "0190a5b4-7b1c-7c3e-9d1f-000000000001";

    fn lines(coloured: bool) -> Lines {
        let names = [(WORKSPACE_ID.to_owned(), "Trace".to_owned())].into();
        Lines {
            names,
            asked: Instant::now(),
            coloured,
        }
    }

    fn timestamp(seconds: i64) -> Option<Timestamp> {
        let nanos = 7_000_000;
        Some(Timestamp { seconds, nanos })
    }

    fn queued() -> Execution {
        let identity = ExecutionIdentity {
            execution_id: EXECUTION_ID.to_owned(),
            opened_at: timestamp(1_700_000_000),
            agent_id: "assistant".to_owned(),
            ..ExecutionIdentity::default()
        };
        Execution {
            workspace_id: WORKSPACE_ID.to_owned(),
            identity: Some(identity),
            status: ExecutionStatus::Queued.into(),
            revision: 1,
            ..Execution::default()
        }
    }

    fn failed() -> Execution {
        let end = ExecutionEnd {
            duration: Some(prost_types::Duration {
                seconds: 2,
                nanos: 345_000_000,
            }),
            model: Some("a-model-with-a-long-name".to_owned()),
            error_kind: Some("tool_error".to_owned()),
            error_message: Some("no\u{1b}[2Juch\nfile".to_owned()),
            ..ExecutionEnd::default()
        };
        Execution {
            agent_name: "The assistant".to_owned(),
            status: ExecutionStatus::Failed.into(),
            ended_at: timestamp(1_700_000_003),
            end: Some(end),
            ..queued()
        }
    }

    #[test]
    fn columns_are_aligned_and_what_is_unknown_is_a_dash() {
        let lines = lines(false);
        let text = lines.head() + &lines.execution(&queued()) + &lines.execution(&failed());
        let expected = "\
TIME                      STATUS        WORKED  WORKSPACE           AGENT                 MODEL               EXECUTION                             ERROR
2023-11-14T22:13:20.007Z  queued             –  Trace               assistant             –                   0190a5b4-7b1c-7c3e-9d1f-000000000001
2023-11-14T22:13:23.007Z  failed        2.34 s  Trace               The assistant         a-model-with-a-lo…  0190a5b4-7b1c-7c3e-9d1f-000000000001  tool_error: no\u{fffd}[2Juch\u{fffd}file
";
        assert_eq!(text, expected);
    }

    #[test]
    fn colours_change_nothing_but_colours() {
        let coloured = lines(true).execution(&failed());
        assert!(
            coloured.contains("\u{1b}[31mfailed   \u{1b}[0m"),
            "{coloured:?}"
        );
        let plain = anstream::adapter::strip_str(&coloured).to_string();
        assert_eq!(plain, lines(false).execution(&failed()));
    }

    #[test]
    fn a_workspace_without_a_name_is_its_id() {
        let lines = Lines {
            names: Names::new(),
            ..super::tests::lines(false)
        };
        assert!(lines.execution(&queued()).contains("0190a5b4-7b1c-7c3…"));
        let change = ExecutionChange {
            execution: Some(queued()),
            commit_time: None,
        };
        let response = WatchResponse {
            cursor: String::new(),
            message: Some(Message::Change(change)),
        };
        assert!(lines.is_new(&response));
        assert!(!super::tests::lines(false).is_new(&response));
    }

    #[test]
    fn durations_are_read_at_a_glance() {
        for (seconds, nanos, expected) in [
            (0, 999_999, "0 ms"),
            (0, 320_000_000, "320 ms"),
            (59, 999_999_999, "59.99 s"),
            (60, 0, "1 m 00 s"),
            (3_599, 0, "59 m 59 s"),
            (90_061, 0, "25 h 01 m"),
        ] {
            assert_eq!(worked(&prost_types::Duration { seconds, nanos }), expected);
        }
    }
}
