//! Reading what the directory and the books have of workspaces, side by side.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{
    Array, BigInt, Date, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use shadow_auth::Role;
use shadow_domain::execution::Currency;
use shadow_domain::fact::{BillingInterval, CreditKind};
use shadow_domain::revenue::Status;
use shadow_domain::time::UtcDay;
use uuid::Uuid;

use crate::error::While;
use crate::statement::statement;
use crate::{Error, Snapshot};

statement!(
    Profiles<'a> = "profiles.sql",
    (workspaces: [Uuid] as Array<SqlUuid>)
        -> (SqlUuid, Text, Text, Nullable<Timestamptz>, BigInt)
);

statement!(
    Members<'a> = "members.sql",
    (workspaces: [Uuid] as Array<SqlUuid>) -> (SqlUuid, Text, Nullable<Text>, Text, Nullable<Integer>)
);

statement!(
    Subscriptions<'a> = "subscriptions.sql",
    (workspaces: [Uuid] as Array<SqlUuid>, at: DateTime<Utc> as Timestamptz) -> (
        SqlUuid, Text, SmallInt, Text, Nullable<Text>, Integer, Text, BigInt, Nullable<Timestamptz>,
        Nullable<Timestamptz>, Nullable<SmallInt>, Nullable<Integer>
    )
);

statement!(
    Ledgers<'a> = "ledgers.sql",
    (workspaces: [Uuid] as Array<SqlUuid>, at: DateTime<Utc> as Timestamptz)
        -> (SqlUuid, SmallInt, Text)
);

statement!(
    BookedBefore<'a> = "booked.sql",
    (workspaces: [Uuid] as Array<SqlUuid>, day: NaiveDate as Date) -> (SqlUuid, Text)
);

/// What the directory has of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The workspace.
    pub workspace_id: Uuid,
    /// What people call it; its id where it has no name.
    pub name: String,
    /// Its IANA time zone.
    pub zone: String,
    /// The time of its latest event.
    pub last_event_at: Option<DateTime<Utc>>,
    /// How many agents it has.
    pub agents: u64,
}

/// A member of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The workspace.
    pub workspace_id: Uuid,
    /// The person.
    pub user_id: String,
    /// What people call it; absent where it has no name.
    pub name: Option<String>,
    /// What it may do there.
    pub role: Role,
    /// The number that stands for it in sets of users; absent where it was never seen in any event.
    pub ordinal: Option<u32>,
}

/// A subscription of a workspace at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The workspace.
    pub workspace_id: Uuid,
    /// The subscription, within it.
    pub subscription_id: String,
    /// What it is.
    pub status: Status,
    /// The plan.
    pub plan_id: String,
    /// What people call it, where it has a name.
    pub plan_name: Option<String>,
    /// Units that are paid for.
    pub quantity: u32,
    /// In which it is paid.
    pub currency: Currency,
    /// What it amounts to per month, in millionths of the currency's unit; zero where it does not count as paid.
    pub monthly_micros: i64,
    /// When it is known to become something else.
    pub ends_at: Option<DateTime<Utc>>,
    /// Since when its terms are what they are, and how long a period is.
    pub period: Option<(DateTime<Utc>, BillingInterval, i32)>,
}

impl Snapshot {
    /// What the directory has of the snapshot's workspaces, by their ids; of those that were deleted nothing.
    pub async fn workspace_profiles(&mut self) -> Result<Vec<Profile>, Error> {
        type Row = (Uuid, String, String, Option<DateTime<Utc>>, i64);
        let (connection, workspaces) = self.parts();
        let rows = Profiles { workspaces }
            .load::<Row>(connection)
            .await
            .doing("describing workspaces")?;
        let profile = |(workspace_id, name, zone, last_event_at, agents): Row| Profile {
            workspace_id,
            name,
            zone,
            last_event_at,
            agents: agents.max(0).unsigned_abs(),
        };
        Ok(rows.into_iter().map(profile).collect())
    }

    /// The members of the snapshot's workspaces, by workspace and name.
    pub async fn workspace_members(&mut self) -> Result<Vec<Member>, Error> {
        type Row = (Uuid, String, Option<String>, String, Option<i32>);
        let (connection, workspaces) = self.parts();
        let rows = Members { workspaces }
            .load::<Row>(connection)
            .await
            .doing("listing members")?;
        let member = |(workspace_id, user_id, name, role, ordinal): Row| {
            let known = Role::parse(&role);
            Ok(Member {
                workspace_id,
                user_id,
                name,
                role: known.ok_or_else(|| unknown("a role"))?,
                ordinal: ordinal.map(i32::cast_unsigned),
            })
        };
        rows.into_iter().map(member).collect()
    }

    /// The subscriptions of the snapshot's workspaces as they are just before an instant, by workspace, the largest
    /// first; those that ended are left out.
    pub async fn workspace_subscriptions(
        &mut self,
        at: DateTime<Utc>,
    ) -> Result<Vec<Subscription>, Error> {
        let (connection, workspaces) = self.parts();
        let subscriptions = Subscriptions {
            workspaces,
            at: &at,
        };
        let rows = subscriptions
            .load::<SubscriptionRow>(connection)
            .await
            .doing("reading subscriptions")?;
        rows.into_iter().map(subscription).collect()
    }

    /// What the entries of ledgers before an instant amount to, by workspace and kind.
    pub async fn workspace_ledgers(
        &mut self,
        at: DateTime<Utc>,
    ) -> Result<Vec<(Uuid, CreditKind, i128)>, Error> {
        let (connection, workspaces) = self.parts();
        let ledgers = Ledgers {
            workspaces,
            at: &at,
        };
        let rows = ledgers
            .load::<(Uuid, i16, String)>(connection)
            .await
            .doing("summing credits by workspace")?;
        rows.into_iter()
            .map(|(workspace_id, code, sum)| {
                let kind = CreditKind::from_code(code);
                let kind = kind.ok_or_else(|| unknown("a kind of credits"))?;
                Ok((workspace_id, kind, whole(&sum)?))
            })
            .collect()
    }

    /// What pages say was booked before a day, by workspace.
    pub async fn workspace_booked(&mut self, day: UtcDay) -> Result<Vec<(Uuid, i128)>, Error> {
        let (connection, workspaces) = self.parts();
        let booked = BookedBefore {
            workspaces,
            day: &day.date(),
        };
        let rows = booked
            .load::<(Uuid, String)>(connection)
            .await
            .doing("summing booked credits by workspace")?;
        rows.into_iter()
            .map(|(workspace_id, sum)| Ok((workspace_id, whole(&sum)?)))
            .collect()
    }
}

type SubscriptionRow = (
    Uuid,
    String,
    i16,
    String,
    Option<String>,
    i32,
    String,
    i64,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
    Option<i16>,
    Option<i32>,
);

fn subscription(row: SubscriptionRow) -> Result<Subscription, Error> {
    let (
        workspace_id,
        subscription_id,
        status,
        plan_id,
        plan_name,
        quantity,
        currency,
        monthly,
        ends_at,
        since,
        interval,
        count,
    ) = row;
    let interval = interval
        .map(|code| BillingInterval::from_code(code).ok_or_else(|| unknown("a billing interval")))
        .transpose()?;
    Ok(Subscription {
        workspace_id,
        subscription_id,
        status: Status::from_code(status).ok_or_else(|| unknown("a status"))?,
        plan_id,
        plan_name,
        quantity: quantity.max(0).unsigned_abs(),
        currency: Currency::parse(&currency)
            .map_err(|error| Error::malformed("a currency", error))?,
        monthly_micros: monthly,
        ends_at,
        period: since
            .zip(interval)
            .zip(count)
            .map(|((since, interval), count)| (since, interval, count)),
    })
}

fn unknown(what: &'static str) -> Error {
    Error::malformed(what, "it is not known")
}

/// A sum as text.
fn whole(sum: &str) -> Result<i128, Error> {
    sum.parse()
        .map_err(|error| Error::malformed("a sum of credits", error))
}
