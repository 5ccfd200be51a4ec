//! What answers depend on, so that an answer is known to be still right without being computed anew.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{Array, Bool, Date, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use shadow_domain::time::UtcDay;
use uuid::Uuid;

use crate::error::While;
use crate::statement::statement;
use crate::{Error, Snapshot};

statement!(
    DataVersion<'a> = "version.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        first: NaiveDate as Date,
        last: NaiveDate as Date,
        start: DateTime<Utc> as Timestamptz,
        end: DateTime<Utc> as Timestamptz,
        agents: bool as Bool,
        names: bool as Bool,
    ) -> Text
);

/// What an answer is put together from, beside its days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Names {
    /// What agents are called.
    pub agents: bool,
    /// What workspaces are called.
    pub workspaces: bool,
}

impl Snapshot {
    /// The version of what an answer over some days, first and last included, depends on: pages, what is pending, and names.
    /// Where two snapshots of a scope have the same, whatever is computed from these alone is the same.
    pub async fn data_version(
        &mut self,
        days: (UtcDay, UtcDay),
        names: Names,
    ) -> Result<String, Error> {
        let (connection, workspaces) = self.parts();
        let version = DataVersion {
            workspaces,
            first: &days.0.date(),
            last: &days.1.date(),
            start: &days.0.start(),
            end: &days.1.end(),
            agents: &names.agents,
            names: &names.workspaces,
        };
        version
            .get_result::<String>(connection)
            .await
            .doing("reading the version of the data")
    }
}
