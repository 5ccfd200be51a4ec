//! Pages by area. The code of an area is a part of its own, which the browser loads when one of its pages is opened.
//!
//! A function under `wasm_split` and everything that only it needs goes into the part of that name; what several areas
//! need goes into parts that they share. What is named anywhere else, the shell above all, is in the first load: so a
//! page is named here and nowhere else.

use wasm_split_helpers::{SplitLoaderError, wasm_split};
use yew::prelude::*;

use super::{
    Agent, Agents, Cohorts, Compare, Components, Credits, DataHealth, Error, Errors, Execution,
    Executive, Leaderboards, LiveExecutions, Login, Revenue, ToldExecutions, User, Users,
    Workspace, Workspaces,
};
use crate::{navigation::Route, state::executions::Tab};

/// Shows a page of an area; absent for a page of another one.
pub(crate) type Show = fn(&Route) -> Option<Html>;
type Loaded = Result<Show, SplitLoaderError>;

/// Pages that are loaded together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Area {
    /// What is going on: everywhere, and in one workspace.
    Overview,
    /// Agents.
    Agents,
    /// Users.
    Users,
    /// Who comes back.
    Cohorts,
    /// Executions as they happen.
    Executions,
    /// What is told of executions afterwards: how they did, and lists of them.
    ExecutionsTold,
    /// One execution, step by step.
    Execution,
    /// Errors.
    Errors,
    /// Credits and revenue.
    Money,
    /// How healthy the data is.
    DataHealth,
    /// What stands beside others: workspaces, leaderboards, comparisons.
    Standings,
    /// Every component in every state.
    Components,
    /// Where one signs in.
    SignIn,
}

impl Area {
    /// What people go to, in the order in which it is loaded ahead.
    pub(crate) const AHEAD: [Self; 11] = [
        Self::Overview,
        Self::Agents,
        Self::Users,
        Self::Cohorts,
        Self::Executions,
        Self::ExecutionsTold,
        Self::Execution,
        Self::Errors,
        Self::Money,
        Self::DataHealth,
        Self::Standings,
    ];

    /// Where a page is, or the part of the page of executions; absent for what is in the first load. Who begins sees the
    /// overview next.
    pub(crate) fn of(route: &Route, tab: Tab) -> Option<Self> {
        match route {
            Route::Start | Route::Executive | Route::Workspace { .. } => Some(Self::Overview),
            Route::Login => Some(Self::SignIn),
            Route::Agents | Route::Agent { .. } => Some(Self::Agents),
            Route::Users | Route::User { .. } => Some(Self::Users),
            Route::Cohorts => Some(Self::Cohorts),
            Route::Executions if tab == Tab::Live => Some(Self::Executions),
            Route::Executions => Some(Self::ExecutionsTold),
            Route::Execution { .. } => Some(Self::Execution),
            Route::Errors | Route::Error { .. } => Some(Self::Errors),
            Route::Credits | Route::Revenue => Some(Self::Money),
            Route::DataHealth => Some(Self::DataHealth),
            Route::Workspaces | Route::Leaderboards | Route::Compare => Some(Self::Standings),
            Route::Components => Some(Self::Components),
            Route::NotFound => None,
        }
    }

    /// Loads the code, unless it is there.
    pub(crate) async fn load(self) -> Loaded {
        match self {
            Self::Overview => overview().await,
            Self::Agents => agents().await,
            Self::Users => users().await,
            Self::Cohorts => cohorts().await,
            Self::Executions => executions().await,
            Self::ExecutionsTold => executions_told().await,
            Self::Execution => execution().await,
            Self::Errors => errors().await,
            Self::Money => money().await,
            Self::DataHealth => data_health().await,
            Self::Standings => standings().await,
            Self::Components => components().await,
            Self::SignIn => sign_in().await,
        }
    }
}

#[wasm_split(overview, fallible)]
fn overview() -> Loaded {
    Ok(|route| match route {
        Route::Executive => Some(html! { <Executive /> }),
        Route::Workspace { id } => Some(html! { <Workspace key={id.clone()} /> }),
        _ => None,
    })
}

#[wasm_split(agents, fallible)]
fn agents() -> Loaded {
    Ok(|route| match route {
        Route::Agents => Some(html! { <Agents /> }),
        Route::Agent { id } => Some(html! { <Agent key={id.clone()} id={id.clone()} /> }),
        _ => None,
    })
}

#[wasm_split(users, fallible)]
fn users() -> Loaded {
    Ok(|route| match route {
        Route::Users => Some(html! { <Users /> }),
        Route::User { id } => Some(html! { <User key={id.clone()} id={id.clone()} /> }),
        _ => None,
    })
}

#[wasm_split(cohorts, fallible)]
fn cohorts() -> Loaded {
    Ok(|route| match route {
        Route::Cohorts => Some(html! { <Cohorts /> }),
        _ => None,
    })
}

#[wasm_split(executions, fallible)]
fn executions() -> Loaded {
    Ok(|route| match route {
        Route::Executions => Some(html! { <LiveExecutions /> }),
        _ => None,
    })
}

#[wasm_split(executions_told, fallible)]
fn executions_told() -> Loaded {
    Ok(|route| match route {
        Route::Executions => Some(html! { <ToldExecutions /> }),
        _ => None,
    })
}

#[wasm_split(execution, fallible)]
fn execution() -> Loaded {
    Ok(|route| match route {
        Route::Execution { id } => Some(html! { <Execution key={id.clone()} id={id.clone()} /> }),
        _ => None,
    })
}

#[wasm_split(errors, fallible)]
fn errors() -> Loaded {
    Ok(|route| match route {
        Route::Errors => Some(html! { <Errors /> }),
        Route::Error { id } => Some(html! { <Error key={id.clone()} id={id.clone()} /> }),
        _ => None,
    })
}

#[wasm_split(money, fallible)]
fn money() -> Loaded {
    Ok(|route| match route {
        Route::Credits => Some(html! { <Credits /> }),
        Route::Revenue => Some(html! { <Revenue /> }),
        _ => None,
    })
}

#[wasm_split(data_health, fallible)]
fn data_health() -> Loaded {
    Ok(|route| match route {
        Route::DataHealth => Some(html! { <DataHealth /> }),
        _ => None,
    })
}

#[wasm_split(standings, fallible)]
fn standings() -> Loaded {
    Ok(|route| match route {
        Route::Workspaces => Some(html! { <Workspaces /> }),
        Route::Leaderboards => Some(html! { <Leaderboards /> }),
        Route::Compare => Some(html! { <Compare /> }),
        _ => None,
    })
}

#[wasm_split(sign_in, fallible)]
fn sign_in() -> Loaded {
    Ok(|route| match route {
        Route::Login => Some(html! { <Login /> }),
        _ => None,
    })
}

#[wasm_split(components, fallible)]
fn components() -> Loaded {
    Ok(|route| match route {
        Route::Components => Some(html! { <Components /> }),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use yew_router::Routable;

    use super::*;

    #[tokio::test]
    async fn every_page_is_in_the_area_that_is_loaded_for_it() {
        // Pages of the first load: the beginning, and what is not there.
        let first = [Route::Start, Route::NotFound];
        for pattern in Route::routes() {
            let route = Route::recognize(&pattern.replace(":id", "one")).unwrap();
            if first.contains(&route) {
                continue;
            }
            for tab in Tab::ALL {
                let area = Area::of(&route, tab);
                let area = area.unwrap_or_else(|| panic!("{pattern} has no area"));
                let show = area.load().await.unwrap();
                assert!(show(&route).is_some(), "{pattern} is not in {area:?}");
            }
        }
    }
}
