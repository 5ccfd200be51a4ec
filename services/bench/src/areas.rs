//! The pages of the dashboard: what each asks the product, and the same in plain SQL over facts.

pub(crate) mod ask;
pub(crate) mod compare;
mod figures;
mod numbers;

pub(crate) use figures::{against_sparse, against_sql};

/// A page whose numbers can be recomputed from executions and activities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    /// Everything that the executive page shows: a Query of its panels, and what moved most beside it.
    Executive,
    /// The board of agents.
    Agents,
    /// The list of users.
    Users,
    /// Who comes back, day by day.
    Cohorts,
    /// How executions flow.
    Executions,
    /// Groups of errors.
    Errors,
    /// Workspaces side by side.
    Workspaces,
    /// Credits.
    Credits,
    /// Which agents waste most.
    Leaderboards,
    /// A period beside the one before.
    Compare,
}

impl Area {
    pub(crate) const ALL: [Self; 10] = [
        Self::Executive,
        Self::Agents,
        Self::Users,
        Self::Cohorts,
        Self::Executions,
        Self::Errors,
        Self::Workspaces,
        Self::Credits,
        Self::Leaderboards,
        Self::Compare,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Executive => "executive",
            Self::Agents => "agents",
            Self::Users => "users",
            Self::Cohorts => "cohorts",
            Self::Executions => "executions",
            Self::Errors => "errors",
            Self::Workspaces => "workspaces",
            Self::Credits => "credits",
            Self::Leaderboards => "leaderboards",
            Self::Compare => "compare",
        }
    }

    /// The page of a name.
    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|area| area.name() == name);
        found.ok_or_else(|| format!("one of {}", Self::ALL.map(Self::name).join(", ")))
    }

    /// The statement; the executive page has four of its own, which run beside each other.
    const fn sql(self) -> Option<&'static str> {
        match self {
            Self::Executive => None,
            Self::Agents => Some(include_str!("sql/area_agents.sql")),
            Self::Users => Some(include_str!("sql/area_users.sql")),
            Self::Cohorts => Some(include_str!("sql/area_cohorts.sql")),
            Self::Executions => Some(include_str!("sql/area_executions.sql")),
            Self::Errors => Some(include_str!("sql/area_errors.sql")),
            Self::Workspaces => Some(include_str!("sql/area_workspaces.sql")),
            Self::Credits => Some(include_str!("sql/area_credits.sql")),
            Self::Leaderboards => Some(include_str!("sql/area_leaderboards.sql")),
            Self::Compare => Some(include_str!("sql/area_compare.sql")),
        }
    }
}
