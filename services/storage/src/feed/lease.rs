//! Who may append to the stream: one relay at a time.

use std::time::Duration;

use diesel::sql_types::{Integer, SmallInt};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use shadow_auth::Scope;

use super::read::{self, SHARD};
use super::{Changes, Position};
use crate::database::Transaction;
use crate::error::While;
use crate::statement::statement;
use crate::{Database, Error};

/// No statement takes longer, and a relay that does nothing for so long loses its lease.
const LIMIT: Duration = Duration::from_secs(10);

statement!(
    TakeStream<'a> = "take_stream.sql",
    (shard: i16 as SmallInt) -> Integer
);

/// The right to append to the stream. It is a lock of a transaction: it ends with its holder's connection, without an
/// expiry to wait for, and the database itself takes it from a holder that is paused. One that goes on after it was
/// taken away does no harm, since what it appends is there or is refused by its position; but for one that was paused while
/// the stream was emptied after an erasure and nothing was appended since.
pub struct Lease {
    transaction: Transaction,
    scope: Scope,
}

impl Lease {
    /// Waits for the lease; `None` where another relay holds it for longer than `patience`.
    pub async fn take(db: &Database, patience: Duration) -> Result<Option<Self>, Error> {
        const DOING: &str = "taking the lease of the stream";
        let scope = Scope::system("feed: appended once for all replicas");
        let mut transaction = db.work(&scope, LIMIT).await?;
        let millis = patience.as_millis();
        let connection = transaction.connection();
        let limited = connection
            .batch_execute(&format!("SET LOCAL lock_timeout = {millis}"))
            .await;
        let taken = match limited {
            Ok(()) => TakeStream { shard: &SHARD }
                .get_result::<i32>(connection)
                .await
                .map(drop),
            Err(error) => Err(error),
        };
        match taken.doing(DOING) {
            Ok(()) => Ok(Some(Self { transaction, scope })),
            Err(Error::Timeout(_)) => {
                transaction.rollback().await?;
                Ok(None)
            }
            Err(error) => transaction.end(Err(error)).await,
        }
    }

    /// Where the feed ends and begins now.
    pub async fn position(&mut self) -> Result<Position, Error> {
        read::position_in(&mut self.transaction).await
    }

    /// At most `limit` changes after a position, in order, as far as they are committed now.
    pub async fn read_after(&mut self, position: i64, limit: usize) -> Result<Changes, Error> {
        read::changes(&mut self.transaction, &self.scope, position, limit).await
    }

    /// Gives it back. Dropping it does so, too, and costs the connection.
    pub async fn finish(self) -> Result<(), Error> {
        self.transaction.commit().await
    }
}

impl std::fmt::Debug for Lease {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Lease").finish_non_exhaustive()
    }
}
