//! What follows from the subscription events of a workspace: its states and movements, worked out anew whenever there is
//! one more event, from all of them. They are few, and any order of them gives the same rows.

use chrono::{DateTime, Utc};
use diesel::sql_types::{
    Array, BigInt, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use shadow_domain::fact::{Fact, Kind};
use shadow_domain::revenue::{Dated, Interval, Ledger, Movement};
use uuid::Uuid;

use crate::Error;
use crate::database::Transaction;
use crate::error::While;
use crate::row::subscription::{Columns, Row};
use crate::statement::statement;

statement!(
    Lock<'a> = "lock_subscriptions.sql",
    (workspace_id: [Uuid] as Array<SqlUuid>) -> Text
);

statement!(
    All<'a> = "all_subscriptions.sql",
    (workspace_id: [Uuid] as Array<SqlUuid>) -> Columns
);

statement!(
    ForgetStates<'a> = "forget_states.sql",
    (workspace_id: [Uuid] as Array<SqlUuid>) -> ()
);

statement!(
    ForgetMovements<'a> = "forget_movements.sql",
    (workspace_id: [Uuid] as Array<SqlUuid>) -> ()
);

statement!(
    StoreStates<'a> = "store_states.sql",
    (
        workspace_id: [Uuid] as Array<SqlUuid>,
        subscription_id: [&'a str] as Array<Text>,
        valid_from: [DateTime<Utc>] as Array<Timestamptz>,
        valid_to: [Option<DateTime<Utc>>] as Array<Nullable<Timestamptz>>,
        status: [i16] as Array<SmallInt>,
        plan_id: [&'a str] as Array<Text>,
        quantity: [i32] as Array<Integer>,
        currency: [&'a str] as Array<Text>,
        mrr_micros: [i64] as Array<BigInt>,
    ) -> ()
);

statement!(
    StoreMovements<'a> = "store_movements.sql",
    (
        workspace_id: [Uuid] as Array<SqlUuid>,
        occurred_at: [DateTime<Utc>] as Array<Timestamptz>,
        currency: [&'a str] as Array<Text>,
        kind: [i16] as Array<SmallInt>,
        before_micros: [i64] as Array<BigInt>,
        after_micros: [i64] as Array<BigInt>,
    ) -> ()
);

/// Works out the ledgers of the workspaces whose subscriptions some new facts, sorted by name, changed. It comes last in a
/// transaction: whoever holds the lock of a workspace waits for nobody any more.
pub(super) async fn follow(transaction: &mut Transaction, facts: &[&Fact]) -> Result<(), Error> {
    let mut workspaces: Vec<Uuid> = facts
        .iter()
        .filter(|fact| fact.content.kind() == Kind::Subscription)
        .map(|fact| fact.workspace_id)
        .collect();
    workspaces.dedup();
    if workspaces.is_empty() {
        return Ok(());
    }
    let lock = Lock {
        workspace_id: &workspaces,
    };
    lock.load::<String>(transaction.connection())
        .await
        .doing("locking the subscriptions of workspaces")?;
    // A statement after the lock sees what whoever held it before has committed.
    let ledgers = ledgers(transaction, &workspaces).await?;
    forget(transaction, &workspaces).await?;
    store(transaction, &ledgers).await
}

async fn ledgers(
    transaction: &mut Transaction,
    workspaces: &[Uuid],
) -> Result<Vec<(Uuid, Ledger)>, Error> {
    let all = All {
        workspace_id: workspaces,
    };
    let rows = all
        .load::<Row>(transaction.connection())
        .await
        .doing("reading subscriptions")?;
    let events = rows
        .into_iter()
        .map(|row| {
            let ((workspace_id, occurred_at, event_id), changed) = row.changed()?;
            let dated = Dated {
                occurred_at,
                event_id,
                changed,
            };
            Ok((workspace_id, dated))
        })
        .collect::<Result<Vec<(Uuid, Dated)>, Error>>()?;
    Ok(events
        .chunk_by(|a, b| a.0 == b.0)
        .map(|group| {
            let events: Vec<Dated> = group.iter().map(|(_, event)| event.clone()).collect();
            (group[0].0, Ledger::of(&events))
        })
        .collect())
}

async fn forget(transaction: &mut Transaction, workspaces: &[Uuid]) -> Result<(), Error> {
    const DOING: &str = "replacing states and movements";
    let states = ForgetStates {
        workspace_id: workspaces,
    };
    states
        .execute(transaction.connection())
        .await
        .doing(DOING)?;
    let movements = ForgetMovements {
        workspace_id: workspaces,
    };
    movements
        .execute(transaction.connection())
        .await
        .doing(DOING)?;
    Ok(())
}

async fn store(transaction: &mut Transaction, ledgers: &[(Uuid, Ledger)]) -> Result<(), Error> {
    let intervals: Vec<(Uuid, &Interval)> = ledgers
        .iter()
        .flat_map(|(workspace, ledger)| ledger.intervals.iter().map(|it| (*workspace, it)))
        .collect();
    let of = || intervals.iter().map(|(_, interval)| *interval);
    let states = StoreStates {
        workspace_id: &intervals.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
        subscription_id: &of().map(|i| i.subscription_id.as_str()).collect::<Vec<_>>(),
        valid_from: &of().map(|i| i.start).collect::<Vec<_>>(),
        valid_to: &of().map(|i| i.end).collect::<Vec<_>>(),
        status: &of().map(|i| i.state.status.code()).collect::<Vec<_>>(),
        plan_id: &of().map(|i| i.state.plan_id.as_str()).collect::<Vec<_>>(),
        quantity: &of().map(|i| i.state.quantity).collect::<Vec<_>>(),
        currency: &of().map(|i| i.state.currency.as_str()).collect::<Vec<_>>(),
        mrr_micros: &of().map(|i| i.state.mrr_micros).collect::<Vec<_>>(),
    };
    states
        .execute(transaction.connection())
        .await
        .doing("storing states of subscriptions")?;
    let movements: Vec<(Uuid, &Movement)> = ledgers
        .iter()
        .flat_map(|(workspace, ledger)| ledger.movements.iter().map(|it| (*workspace, it)))
        .collect();
    let of = || movements.iter().map(|(_, movement)| *movement);
    let movements = StoreMovements {
        workspace_id: &movements.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
        occurred_at: &of().map(|m| m.at).collect::<Vec<_>>(),
        currency: &of().map(|m| m.currency.as_str()).collect::<Vec<_>>(),
        kind: &of().map(|m| m.kind.code()).collect::<Vec<_>>(),
        before_micros: &of().map(|m| m.before_micros).collect::<Vec<_>>(),
        after_micros: &of().map(|m| m.after_micros).collect::<Vec<_>>(),
    };
    movements
        .execute(transaction.connection())
        .await
        .doing("storing movements of revenue")?;
    Ok(())
}
