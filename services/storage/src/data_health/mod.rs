//! How healthy the data is: what waits, what checks and audits found, what was refused.

mod checks;
mod report;

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use shadow_auth::{Scope, Workspaces};
use shadow_domain::data_health::{Identity, Tally};
use shadow_domain::time::UtcDay;
use uuid::Uuid;

pub use checks::{look_for_twins, note, pick, scope, trim};
pub use report::report;

/// No statement of a check takes longer.
const LIMIT: Duration = Duration::from_secs(60);

/// How many rows one statement of trimming deletes.
const ROWS: i64 = 1_000;

/// A workspace that is to be checked, from a day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picked {
    /// The workspace.
    pub workspace_id: Uuid,
    /// The last of the days.
    pub day: UtcDay,
}

/// What checking an identity came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The workspace; none for several together.
    pub workspace_id: Option<Uuid>,
    /// What must hold.
    pub identity: Identity,
    /// How much of it does.
    pub tally: Tally,
}

/// What is known of the health of some workspaces.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// When it was read.
    pub snapshot_time: DateTime<Utc>,
    /// The time of the latest event.
    pub last_event_at: Option<DateTime<Utc>>,
    /// Deltas that wait for compaction.
    pub deltas: Waiting,
    /// Entries of the feed that wait for a position.
    pub entries: Waiting,
    /// Checks by identity and day, in their order.
    pub checks: Vec<CheckedDay>,
    /// The latest that did not hold.
    pub broken: Vec<BrokenIdentity>,
    /// Audits by day.
    pub audits: Vec<AuditedDay>,
    /// The latest audits that found pages wrong.
    pub repaired: Vec<Repaired>,
    /// Refused events, those with the most first.
    pub refused: Vec<Refused>,
    /// The latest executions that were opened twice.
    pub twins: Vec<Twin>,
}

/// How much waits, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// How much.
    pub count: u64,
    /// How long the oldest of it has; absent where nothing waits.
    pub oldest: Option<Duration>,
}

/// Checks of an identity on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedDay {
    /// What must hold.
    pub identity: Identity,
    /// The UTC day on which it was checked.
    pub day: NaiveDate,
    /// How often it was.
    pub checks: u64,
    /// How much was compared.
    pub compared: u64,
    /// Of that, what did not hold.
    pub broken: u64,
    /// When it was last checked.
    pub checked_at: DateTime<Utc>,
}

/// What did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenIdentity {
    /// The workspace; none for several together.
    pub workspace_id: Option<Uuid>,
    /// What must hold.
    pub identity: Identity,
    /// When it last did not, on a day.
    pub broken_at: DateTime<Utc>,
    /// How much did not, on that day.
    pub broken: u64,
    /// What was found, in words.
    pub example: String,
}

/// Audits of pages on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditedDay {
    /// The UTC day on which they were done.
    pub day: NaiveDate,
    /// How many days of workspaces were compared with their facts.
    pub audits: u64,
    /// How many pages.
    pub pages: u64,
    /// Of them, those that were wrong and put right.
    pub repaired: u64,
    /// When the last audit was.
    pub audited_at: DateTime<Utc>,
}

/// An audit that found pages wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// The workspace.
    pub workspace_id: Uuid,
    /// The UTC day whose pages they are.
    pub day: NaiveDate,
    /// When.
    pub audited_at: DateTime<Utc>,
    /// How many pages the facts amount to.
    pub pages: u64,
    /// How many were put right.
    pub repaired: u64,
}

/// Events that were refused for a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The workspace; `None` where the events named none into which their caller may publish.
    pub workspace_id: Option<Uuid>,
    /// The number of the reason.
    pub reason: i16,
    /// How many.
    pub events: u64,
    /// When the latest came.
    pub last_at: DateTime<Utc>,
    /// How many on each UTC day that had some.
    pub days: Vec<(NaiveDate, u64)>,
}

/// Executions of one id that were opened at two times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Twin {
    /// The workspace.
    pub workspace_id: Uuid,
    /// The id that both have.
    pub execution_id: Uuid,
    /// When the one was opened.
    pub opened_at: DateTime<Utc>,
    /// When the other was, which is later.
    pub other_opened_at: DateTime<Utc>,
    /// When they were last found.
    pub found_at: DateTime<Utc>,
}

/// A scope as statements take it.
fn columns(scope: &Scope) -> (bool, Vec<Uuid>) {
    match scope.workspaces() {
        Workspaces::All => (true, Vec::new()),
        Workspaces::Some(some) => (false, some.iter().copied().collect()),
    }
}
