//! What is measured of the worker, for Prometheus.

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use shadow_domain::data_health::Identity;

use crate::work::{self, Work};

/// Describes what this crate measures, and makes it appear before anything has happened.
pub fn describe() {
    runs();
    compaction();
    audit();
    data_health();
    platform();
    summaries();
    retention();
    erasure();
    feed();
}

fn runs() {
    describe_counter!(
        "shadow_job_runs_total",
        "Runs of recurring work, by name and outcome (succeeded, failed, lost to another worker)."
    );
    describe_histogram!(
        "shadow_job_seconds",
        "Time that a run of a job took, by name of the job."
    );
    for name in work::all(None).iter().map(Work::name) {
        for outcome in ["succeeded", "failed", "lost"] {
            counter!("shadow_job_runs_total", "name" => name, "outcome" => outcome).increment(0);
        }
        drop(histogram!("shadow_job_seconds", "name" => name));
    }
}

fn compaction() {
    describe_gauge!(
        "shadow_deltas_pending",
        "Deltas that wait for compaction, of all workspaces; every worker says the same."
    );
    describe_gauge!(
        "shadow_deltas_pending_age_seconds",
        "Age of the oldest delta that waits for compaction; every worker says the same."
    );
    describe_counter!("shadow_deltas_compacted_total", "Deltas that became pages.");
    describe_histogram!(
        "shadow_compaction_seconds",
        "Time that compacting one workspace once took, a transaction of up to 200 deltas."
    );
    gauge!("shadow_deltas_pending").increment(0.0);
    gauge!("shadow_deltas_pending_age_seconds").increment(0.0);
    counter!("shadow_deltas_compacted_total").increment(0);
    drop(histogram!("shadow_compaction_seconds"));
}

fn audit() {
    describe_counter!(
        "shadow_page_audits_total",
        "Comparisons of the pages of a workspace's days with the facts, by outcome (clean, repaired, busy)."
    );
    describe_counter!(
        "shadow_pages_audited_total",
        "Pages that were compared with the facts they were made of."
    );
    describe_counter!(
        "shadow_pages_repaired_total",
        "Pages that were not what their facts amount to, and were put right."
    );
    for outcome in ["clean", "repaired", "busy"] {
        counter!("shadow_page_audits_total", "outcome" => outcome).increment(0);
    }
    counter!("shadow_pages_audited_total").increment(0);
    counter!("shadow_pages_repaired_total").increment(0);
}

fn data_health() {
    describe_counter!(
        "shadow_identities_compared_total",
        "Comparisons of live data with what must hold of numbers, by identity."
    );
    describe_counter!(
        "shadow_identities_broken_total",
        "Those of them that do not hold, by identity. None ever should be."
    );
    for identity in Identity::ALL.iter().map(|one| one.name()) {
        counter!("shadow_identities_compared_total", "identity" => identity).increment(0);
        counter!("shadow_identities_broken_total", "identity" => identity).increment(0);
    }
}

fn platform() {
    describe_counter!(
        "shadow_platform_days_folded_total",
        "Days whose pages of all workspaces were merged into those of the platform."
    );
    describe_histogram!(
        "shadow_platform_fold_seconds",
        "Time that merging one day of all workspaces took."
    );
    describe_gauge!(
        "shadow_platform_days_stale",
        "Days that are over and wait to be merged, as far as they were asked, those left out that were merged within the last five minutes."
    );
    counter!("shadow_platform_days_folded_total").increment(0);
    drop(histogram!("shadow_platform_fold_seconds"));
    gauge!("shadow_platform_days_stale").increment(0.0);
}

fn summaries() {
    describe_counter!(
        "shadow_summaries_made_total",
        "Days of workspaces that were summed up, by user and by group of errors."
    );
    describe_histogram!(
        "shadow_summary_make_seconds",
        "Time that summing up one day of a workspace took."
    );
    describe_gauge!(
        "shadow_summaries_stale",
        "Days of workspaces that are over and wait to be summed up, as far as they were asked, those left out that were summed up within the last five minutes."
    );
    counter!("shadow_summaries_made_total").increment(0);
    drop(histogram!("shadow_summary_make_seconds"));
    gauge!("shadow_summaries_stale").increment(0.0);
}

fn retention() {
    describe_counter!(
        "shadow_retention_months_dropped_total",
        "Months of executions that were dropped because they are no longer kept."
    );
    describe_counter!(
        "shadow_retention_activities_deleted_total",
        "Activities that were deleted because they are no longer kept."
    );
    describe_counter!(
        "shadow_retention_steps_deleted_total",
        "Steps that were deleted because their executions are no longer kept."
    );
    counter!("shadow_retention_months_dropped_total").increment(0);
    counter!("shadow_retention_activities_deleted_total").increment(0);
    counter!("shadow_retention_steps_deleted_total").increment(0);
}

fn erasure() {
    describe_counter!(
        "shadow_erasures_finished_total",
        "Erasures of people after which nothing names the person any more."
    );
    counter!("shadow_erasures_finished_total").increment(0);
}

fn feed() {
    describe_gauge!(
        "shadow_feed_position",
        "The last position that was given in the feed; every worker says the same."
    );
    describe_gauge!(
        "shadow_feed_unnumbered_entries",
        "Entries of the feed, each a batch of a workspace, that were committed and have no position yet; every worker says the same."
    );
    describe_gauge!(
        "shadow_feed_unnumbered_age_seconds",
        "Age of the oldest entry of the feed without a position; every worker says the same."
    );
    describe_counter!(
        "shadow_feed_numbered_total",
        "Changes that this process gave a position in the feed."
    );
    describe_counter!(
        "shadow_feed_trimmed_total",
        "Entries that were deleted from the feed because they were older than its window."
    );
    gauge!("shadow_feed_position").increment(0.0);
    gauge!("shadow_feed_unnumbered_entries").increment(0.0);
    gauge!("shadow_feed_unnumbered_age_seconds").increment(0.0);
    counter!("shadow_feed_numbered_total").increment(0);
    counter!("shadow_feed_trimmed_total").increment(0);
}
