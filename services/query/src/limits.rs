//! How much one request may ask for. What goes beyond is refused and the limit named.

/// Years that times may lie in; nothing earlier is ever stored.
pub const YEARS: std::ops::Range<i32> = 1970..2200;
/// How many selections one request may hold.
pub const MAX_SELECTIONS: usize = 16;
/// How many metrics one selection may name.
pub const MAX_METRICS: usize = 32;
/// How many buckets one series may have: a month of quarter-hours fits.
pub const MAX_POINTS: usize = 3_000;
/// How many groups one selection may return.
pub const MAX_GROUPS: usize = 500;
/// How many days a range may span, ten years.
pub const MAX_RANGE_DAYS: i64 = 3_660;
/// How many keys one filter may name.
pub const MAX_FILTER_KEYS: usize = 100;
/// How many days of credits one request may ask for, parts of days included.
pub const MAX_CREDIT_DAYS: usize = 367;
/// How many days of errors one request may ask for.
pub const MAX_ERROR_DAYS: i64 = 367;
/// How many groups of errors are put in order.
pub const MAX_ERROR_GROUPS: usize = 2_000;
/// How many months of revenue one request may ask for.
pub const MAX_REVENUE_MONTHS: usize = 60;
/// How many days a leaderboard of users may span: it is made from facts.
pub const MAX_USER_DAYS: i64 = 92;
/// How many users are ranked.
pub const MAX_RANKED_USERS: i64 = 20_000;
/// How many days, weeks or months of retention one request may ask for.
pub const MAX_RETENTION_INTERVALS: usize = 92;
/// How many days of users and of what they did one request may ask for, parts of days included.
pub const MAX_ACTIVITY_DAYS: usize = 367;
/// How many activities are read one by one for one answer.
pub const MAX_ACTIVITIES: usize = 200_000;
/// How many bytes one key of a filter may have.
pub const MAX_KEY_BYTES: usize = 256;
/// How many workspaces are put side by side.
pub const MAX_BOARD_WORKSPACES: usize = 5_000;
/// How many workspaces one request may name.
pub const MAX_WORKSPACES: usize = 1_000;
/// How many values one selection may return: groups × buckets × metrics, both periods; and over how many days of groups
/// its metrics may look back.
pub const MAX_VALUES: usize = 200_000;
/// How many bytes the id of a selection may have.
pub const MAX_ID_BYTES: usize = 64;
/// How many days a list of executions may span.
pub const MAX_LIST_DAYS: i64 = 366;
/// How many days of throughput one request may ask for.
pub const MAX_THROUGHPUT_DAYS: i64 = 366;
/// How many open executions are looked at.
pub const MAX_OPEN: i64 = 5_000;
/// How many steps of an execution are answered.
pub const MAX_STEPS: i64 = 1_000;
