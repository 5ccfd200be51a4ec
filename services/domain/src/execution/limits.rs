//! Every ceiling of what is taken in. They are chosen so that no sum of a cell can overflow, and
//! beyond them an event is refused rather than cut.

/// Bytes of a user's, agent's, model's or provider's id and of an error kind.
pub const ID_BYTES: usize = 128;
/// Bytes of an agent's version and of an environment.
pub const LABEL_BYTES: usize = 64;
/// Bytes of an error's message.
pub const ERROR_MESSAGE_BYTES: usize = 4096;
/// The number of an execution's last step.
pub const STEPS: u32 = 1_000_000;
/// The best rating; the worst is 1.
pub const RATING: u32 = 5;
/// Bytes of a comment to a rating.
pub const COMMENT_BYTES: usize = 4096;
/// Microseconds of a duration and of a timeout: 366 days.
pub const DURATION_MICROS: i64 = 366 * 86_400_000_000;
/// Tokens read, and tokens written, by one execution.
pub const TOKENS: i64 = 1_000_000_000;
/// Millionths of a credit that one execution consumes.
pub const CREDITS_MICRO: i64 = 1_000_000_000_000;
/// Millionths of a currency's unit that one execution costs.
pub const COST_MICROS: i64 = 1_000_000_000_000;
/// Seconds since 1970 of the earliest time that is taken in: 2000-01-01.
pub const EARLIEST_SECONDS: i64 = 946_684_800;
/// Seconds that a time may be ahead of the server's clock: a day.
pub const AHEAD_SECONDS: i64 = 86_400;
/// Bytes of a path that was visited.
pub const PATH_BYTES: usize = 1024;
/// Millionths of a credit of one entry of a ledger, either way.
pub const LEDGER_MICRO: i64 = 1_000_000_000_000_000;
/// Millionths of a currency's unit of one price.
pub const PRICE_MICROS: i64 = 1_000_000_000_000_000;
/// Millionths of a currency's unit that a subscription costs in a period, discounts left out.
pub const PERIOD_MICROS: i64 = 100_000_000_000_000;
/// Units of a subscription.
pub const QUANTITY: i32 = 1_000_000;
/// Intervals of one period of a subscription.
pub const INTERVAL_COUNT: i32 = 1000;
/// Days from a cancellation to the end of its period.
pub const ENDS_WITHIN_DAYS: i64 = 1098;
/// Bytes of a name that people call something.
pub const NAME_BYTES: usize = 200;
/// Bytes of a person's address.
pub const EMAIL_BYTES: usize = 254;
/// Bytes of a note.
pub const NOTE_BYTES: usize = 1024;
/// Events of one batch.
pub const BATCH_EVENTS: usize = 5000;
/// Bytes of one batch: 4 MiB.
pub const BATCH_BYTES: usize = 4 * 1024 * 1024;
