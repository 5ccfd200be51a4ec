//! What is measured of events on their way in and of changes on their way out, for Prometheus.

use std::time::Duration;

use chrono::{DateTime, Utc};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use shadow_proto::streaming::v1::RefusalReason;
use shadow_rpc::status;
use tonic::Code;

/// Describes what this crate measures, and makes it appear before anything has happened.
pub fn describe() {
    events();
    admission();
    transactions();
    feed();
    watches();
}

/// Something that is open until this is dropped: it counts in a gauge.
pub(crate) struct Open(&'static str);

impl Open {
    pub(crate) fn one(name: &'static str) -> Self {
        gauge!(name).increment(1.0);
        Self(name)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        gauge!(self.0).decrement(1.0);
    }
}

/// How long ago something was; zero for what another clock has in the future.
pub(crate) fn since(time: DateTime<Utc>) -> Duration {
    (Utc::now() - time).to_std().unwrap_or_default()
}

fn events() {
    describe_counter!(
        "shadow_events_total",
        "Events that were answered for and not refused, by answer (accepted, repeated)."
    );
    describe_counter!(
        "shadow_events_refused_total",
        "Events that were refused, by reason, one of RefusalReason."
    );
    for answer in ["accepted", "repeated"] {
        counter!("shadow_events_total", "answer" => answer).increment(0);
    }
    let reasons = (1..).map_while(|number| RefusalReason::try_from(number).ok());
    for reason in reasons {
        counter!("shadow_events_refused_total", "reason" => reason.as_str_name()).increment(0);
    }
}

fn admission() {
    describe_gauge!(
        "shadow_publish_queue_bytes",
        "Bytes of events that were taken in and are not answered yet."
    );
    describe_gauge!(
        "shadow_publish_queue_batches",
        "Batches that were taken in and are not answered yet."
    );
    describe_counter!(
        "shadow_publish_overload_total",
        "Batches that found no room, by the bound that was reached (workspace, total)."
    );
    describe_histogram!(
        "shadow_publish_admitted_seconds",
        "Time from the admission of a batch to its answer, which comes after its commit."
    );
    describe_gauge!(
        "shadow_publish_streams_open",
        "Streams of batches that are open."
    );
    describe_counter!(
        "shadow_publish_stream_failures_total",
        "Batches of streams that failed as a whole, by gRPC code."
    );
    gauge!("shadow_publish_queue_bytes").increment(0.0);
    gauge!("shadow_publish_queue_batches").increment(0.0);
    for bound in ["workspace", "total"] {
        counter!("shadow_publish_overload_total", "bound" => bound).increment(0);
    }
    drop(histogram!("shadow_publish_admitted_seconds"));
    gauge!("shadow_publish_streams_open").increment(0.0);
    for code in [
        Code::InvalidArgument,
        Code::ResourceExhausted,
        Code::Unavailable,
    ] {
        let code = status::name(code);
        counter!("shadow_publish_stream_failures_total", "code" => code).increment(0);
    }
}

fn transactions() {
    describe_histogram!(
        "shadow_publish_transaction_executions",
        "Executions that a writer put into one transaction."
    );
    describe_histogram!(
        "shadow_publish_transaction_facts",
        "Facts beside executions, such as activities, that their writer put into one transaction."
    );
    describe_histogram!(
        "shadow_publish_transaction_seconds",
        "Time that a writer took to store one transaction, other attempts and the commit included."
    );
    describe_counter!(
        "shadow_publish_retries_total",
        "Transactions that a writer tried again because the database was away for a moment."
    );
    describe_counter!(
        "shadow_publish_refused_workspaces_total",
        "Workspaces whose part of a transaction the database refused; the others' parts were stored."
    );
    drop(histogram!("shadow_publish_transaction_executions"));
    drop(histogram!("shadow_publish_transaction_facts"));
    drop(histogram!("shadow_publish_transaction_seconds"));
    counter!("shadow_publish_retries_total").increment(0);
    counter!("shadow_publish_refused_workspaces_total").increment(0);
}

fn feed() {
    describe_counter!(
        "shadow_feed_numbered_total",
        "Changes that this process gave a position in the feed."
    );
    describe_gauge!(
        "shadow_feed_tailer_position",
        "The position up to which this process has handed changes out to its watches."
    );
    describe_histogram!(
        "shadow_feed_handout_seconds",
        "Time from the storing of the oldest change of a page to its handing out to the watches."
    );
    describe_counter!(
        "shadow_feed_streamed_total",
        "Changes that this process appended to the stream in Redis, for all replicas."
    );
    describe_gauge!(
        "shadow_feed_stream_followed",
        "1 while this process gets changes by the stream in Redis, 0 while it reads the database or nobody watches."
    );
    counter!("shadow_feed_numbered_total").increment(0);
    counter!("shadow_feed_streamed_total").increment(0);
    gauge!("shadow_feed_stream_followed").increment(0.0);
    gauge!("shadow_feed_tailer_position").increment(0.0);
    drop(histogram!("shadow_feed_handout_seconds"));
}

fn watches() {
    describe_gauge!("shadow_watches_open", "Watches that are open.");
    describe_gauge!(
        "shadow_watch_backlog_changes",
        "Changes that were handed out and that the slowest watch has not taken yet."
    );
    describe_histogram!(
        "shadow_watch_delivery_seconds",
        "Time from the storing of the oldest of the changes that go to a watch together to their being written, or left out by its filter."
    );
    describe_counter!(
        "shadow_watch_lagged_total",
        "Times that a watch was too slow and got a new snapshot."
    );
    describe_counter!(
        "shadow_watch_missed_changes_total",
        "Changes that watches missed because they were too slow."
    );
    gauge!("shadow_watches_open").increment(0.0);
    gauge!("shadow_watch_backlog_changes").increment(0.0);
    drop(histogram!("shadow_watch_delivery_seconds"));
    counter!("shadow_watch_lagged_total").increment(0);
    counter!("shadow_watch_missed_changes_total").increment(0);
}
