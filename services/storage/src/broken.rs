//! Ways to be wrong, for the campaign of faults, which has to notice each of them.
//!
//! They exist with the feature `chaos-broken` alone, which nothing that is shipped has; without it [`is`] is `false` at
//! compile time and what hangs on it is gone.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::sql_types::{BigInt, SmallInt};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use shadow_auth::Scope;
use uuid::Uuid;

use crate::database::Transaction;
use crate::error::While;
use crate::feed::{Number, SHARD};
use crate::ingest::Change;
use crate::statement::statement;
use crate::{Database, Error};

#[cfg(all(feature = "chaos-broken", not(debug_assertions)))]
compile_error!("chaos-broken makes the program wrong by intention: it is for tests only");

/// How much later than it should something comes.
const LATER: Duration = Duration::from_millis(20);

/// No statement here takes longer.
const LIMIT: Duration = Duration::from_secs(10);

statement!(
    Draw<'a> = "broken/draw.sql",
    (shard: i16 as SmallInt, changes: i64 as BigInt) -> BigInt
);

/// A rule that is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// A batch is answered for before it is committed.
    AcknowledgeBeforeCommit,
    /// What a batch adds to the partials is committed before its facts are.
    PartialsOutsideTransaction,
    /// What is stored already is stored as if it were new. (The primary key refuses a second row; all that comes with
    /// a row is doubled.)
    NoConflictClause,
    /// A feed entry has its position before it is committed.
    NumberingBeforeCommit,
    /// A watch goes on one change too late.
    CursorOffByOne,
    /// Compacted deltas stay.
    CompactionWithoutDelete,
    /// Two compactions of one workspace run at the same time, and neither looks whether the other took its deltas.
    TwoCompactors,
    /// Any number of relays number at the same time.
    RelayWithoutLease,
    /// A batch is committed without asking who was erased meanwhile.
    EraseWithoutCheck,
}

impl Broken {
    /// Every rule.
    pub const ALL: [Self; 9] = [
        Self::AcknowledgeBeforeCommit,
        Self::PartialsOutsideTransaction,
        Self::NoConflictClause,
        Self::NumberingBeforeCommit,
        Self::CursorOffByOne,
        Self::CompactionWithoutDelete,
        Self::TwoCompactors,
        Self::RelayWithoutLease,
        Self::EraseWithoutCheck,
    ];

    /// Its name for people and for the variable.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AcknowledgeBeforeCommit => "acknowledge-before-commit",
            Self::PartialsOutsideTransaction => "partials-outside-transaction",
            Self::NoConflictClause => "no-conflict-clause",
            Self::NumberingBeforeCommit => "numbering-before-commit",
            Self::CursorOffByOne => "cursor-off-by-one",
            Self::CompactionWithoutDelete => "compaction-without-delete",
            Self::TwoCompactors => "two-compactors",
            Self::RelayWithoutLease => "relay-without-lease",
            Self::EraseWithoutCheck => "erase-without-check",
        }
    }

    /// The rule of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }
}

/// Whether this process can break rules at all.
pub const ENABLED: bool = cfg!(feature = "chaos-broken");

/// Whether this process breaks a rule: the one that the variable `SHADOW_CHAOS_BROKEN` names.
#[cfg(feature = "chaos-broken")]
pub fn is(rule: Broken) -> bool {
    static CHOSEN: std::sync::LazyLock<Option<Broken>> = std::sync::LazyLock::new(|| {
        Broken::from_name(&std::env::var("SHADOW_CHAOS_BROKEN").unwrap_or_default())
    });
    *CHOSEN == Some(rule)
}

/// No rule is broken.
#[cfg(not(feature = "chaos-broken"))]
pub const fn is(_rule: Broken) -> bool {
    false
}

/// Gives a result away, and commits what it tells of a moment later.
pub(crate) fn commit_later<T>(
    transaction: Transaction,
    result: Result<T, Error>,
) -> Result<T, Error> {
    let value = result?;
    tokio::spawn(async move {
        tokio::time::sleep(LATER).await;
        transaction.commit().await
    });
    Ok(value)
}

/// A transaction beside that of a batch.
pub(crate) async fn apart(db: &Database, workspaces: &[Uuid]) -> Result<Transaction, Error> {
    let scope = Scope::system("committing partials apart from their facts")
        .within(workspaces.iter().copied());
    db.write(&scope).await
}

/// Numbers what a batch appended to the feed before it is committed.
pub(crate) async fn number(
    db: &Database,
    transaction: &mut Transaction,
    changes: &[Change<'_>],
) -> Result<(), Error> {
    const DOING: &str = "numbering the feed";
    let scope = Scope::system("numbering the feed too early");
    let mut drawing = db.work(&scope, LIMIT).await?;
    let draw = Draw {
        shard: &SHARD,
        changes: &(changes.len() as i64),
    };
    let drawn = draw.get_result::<i64>(drawing.connection()).await;
    let position = drawing.end(drawn.doing(DOING)).await?;
    let connection = transaction.connection();
    // Others number before they commit too, so what is seen without a position is the batch's own.
    let number = Number {
        position: &position,
        entries: &i64::MAX,
    };
    let roles = ["SET LOCAL ROLE shadow_jobs", "SET LOCAL ROLE shadow_app"];
    connection.batch_execute(roles[0]).await.doing(DOING)?;
    number.load::<i64>(connection).await.doing(DOING)?;
    connection.batch_execute(roles[1]).await.doing(DOING)
}

/// Lets every other caller wait for a moment, so that of two at the same work one is slower.
pub(crate) async fn dawdle() {
    static SLOWER: AtomicBool = AtomicBool::new(false);
    if SLOWER.fetch_xor(true, Ordering::Relaxed) {
        tokio::time::sleep(LATER).await;
    }
}

/// The same work twice at once.
pub(crate) async fn twice<T, Work>(work: impl Fn() -> Work) -> Result<T, Error>
where
    Work: Future<Output = Result<T, Error>>,
{
    let (one, other) = futures_util::join!(work(), work());
    one.and(other)
}
