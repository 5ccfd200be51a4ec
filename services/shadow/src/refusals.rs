//! `shadow refusals`: how many events were refused, where and why.

use std::collections::HashMap;

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use shadow_client::Client;
use shadow_client::proto::streaming::v1::{ListRefusalsRequest, RefusalCount};

use crate::connection::Connection;
use crate::query::{table, workspace};

/// How many counts are asked for at a time.
const PAGE: u32 = 1_000;
/// Counts are kept no longer.
const KEPT_DAYS: i64 = 30;

const LABELS: [&str; 5] = ["hour", "workspace", "reason", "field", "last"];

/// Show how many events were refused, by workspace, hour, reason and field
#[derive(Debug, clap::Args)]
pub(crate) struct Refusals {
    /// A workspace by its id or its name; may be repeated [default: every one that the token may publish into]
    #[arg(long = "workspace", value_name = "ID|NAME")]
    workspaces: Vec<String>,
    /// How far back to look, such as 90m, 24h or 7d; counts are kept for 30 days
    #[arg(long, value_name = "AGE", default_value = "24h", value_parser = age)]
    since: TimeDelta,
    /// Write one JSON object on each line, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Refusals {
    /// Asks, and prints the counts, the latest hour first.
    #[expect(clippy::print_stdout, reason = "what was asked for")]
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let client = self.connection.connect().await?;
        let workspaces = workspace::resolve(&client, &self.workspaces).await?;
        let since = timestamp(Utc::now() - self.since);
        let request = ListRefusalsRequest {
            workspace_ids: workspaces.into_iter().map(|one| one.id).collect(),
            since: Some(since),
            until: None,
            page_size: PAGE,
            page_token: String::new(),
        };
        let counts = all(&client, request).await?;
        if self.json {
            for count in &counts {
                println!("{}", object(count));
            }
            return Ok(());
        }
        if counts.is_empty() {
            println!("No event was refused since {}.", table::time(Some(&since)));
            return Ok(());
        }
        let all = workspace::list(&client).await?;
        let names = all.into_iter().map(|one| (one.workspace_id, one.name));
        print!("{}", rows(&counts, &names.collect()));
        Ok(())
    }
}

async fn all(
    client: &Client,
    mut request: ListRefusalsRequest,
) -> anyhow::Result<Vec<RefusalCount>> {
    let mut counts = Vec::new();
    loop {
        let page = client
            .list_refusals(request.clone())
            .await
            .context("the refused events could not be listed")?;
        counts.extend(page.counts);
        if page.next_page_token.is_empty() {
            return Ok(counts);
        }
        request.page_token = page.next_page_token;
    }
}

fn object(count: &RefusalCount) -> serde_json::Value {
    json!({
        "hour": table::time(count.hour.as_ref()),
        "workspace_id": Some(&count.workspace_id).filter(|id| !id.is_empty()),
        "reason": reason(count),
        "field": count.field,
        "events": count.events,
        "last_time": table::time(count.last_time.as_ref()),
    })
}

fn rows(counts: &[RefusalCount], names: &HashMap<String, String>) -> String {
    let mut rows = vec![LABELS.map(str::to_owned).to_vec()];
    rows[0].push("events".to_owned());
    rows.extend(counts.iter().map(|count| {
        let id = &count.workspace_id;
        let workspace = match names.get(id) {
            Some(name) => name.clone(),
            None if id.is_empty() => "(none)".to_owned(),
            None => id.clone(),
        };
        vec![
            table::time(count.hour.as_ref()),
            workspace,
            reason(count),
            count.field.clone(),
            table::time(count.last_time.as_ref()),
            count.events.to_string(),
        ]
    }));
    table::aligned(&rows, LABELS.len())
}

/// The reason as people and programs read it, such as out_of_range.
fn reason(count: &RefusalCount) -> String {
    let name = count.reason().as_str_name();
    name.trim_start_matches("REFUSAL_REASON_")
        .to_ascii_lowercase()
}

fn age(text: &str) -> Result<TimeDelta, String> {
    humantime::parse_duration(text)
        .ok()
        .and_then(|age| TimeDelta::from_std(age).ok())
        .filter(|age| *age > TimeDelta::zero() && *age <= TimeDelta::days(KEPT_DAYS))
        .ok_or_else(|| format!("expected an age such as 90m, 24h or 7d, at most {KEPT_DAYS}d"))
}

fn timestamp(at: DateTime<Utc>) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.timestamp(),
        nanos: 0,
    }
}

#[cfg(test)]
mod tests {
    use shadow_client::proto::streaming::v1::RefusalReason;

    use super::*;

    fn count(workspace_id: &str, events: u64) -> RefusalCount {
        let hour = "2026-11-20T10:00:00Z".parse().unwrap();
        RefusalCount {
            workspace_id: workspace_id.to_owned(),
            hour: Some(timestamp(hour)),
            reason: RefusalReason::OutOfRange.into(),
            field: "occurred_at".to_owned(),
            events,
            last_time: Some(timestamp(hour + TimeDelta::minutes(5))),
        }
    }

    #[test]
    fn counts_are_rows_with_names_where_there_are_some() {
        let names = [("a".to_owned(), "Trace".to_owned())].into();
        let shown = rows(&[count("a", 12), count("b", 3), count("", 1)], &names);
        let expected = "\
hour                  workspace  reason        field        last                  events
2026-11-20T10:00:00Z  Trace      out_of_range  occurred_at  2026-11-20T10:05:00Z      12
2026-11-20T10:00:00Z  b          out_of_range  occurred_at  2026-11-20T10:05:00Z       3
2026-11-20T10:00:00Z  (none)     out_of_range  occurred_at  2026-11-20T10:05:00Z       1
";
        assert_eq!(shown, expected);
        assert_eq!(object(&count("", 1))["workspace_id"], json!(null));
        assert_eq!(object(&count("a", 7))["events"], json!(7));
    }

    #[test]
    fn ages_are_positive_and_as_long_as_counts_are_kept() {
        assert_eq!(age("90m"), Ok(TimeDelta::minutes(90)));
        assert_eq!(age("30d"), Ok(TimeDelta::days(30)));
        for wrong in ["", "0s", "31d", "-1h", "yesterday"] {
            assert!(age(wrong).unwrap_err().contains("30d"), "{wrong}");
        }
    }
}
