//! Where a person is and how to get elsewhere: routes, and the view that the address carries.

use yew::prelude::*;
use yew_router::{prelude::*, query::Raw};

use crate::{
    browser,
    state::{executions::Tab, list::List, view::View},
};

/// The pages.
#[derive(Debug, Clone, PartialEq, Routable)]
pub enum Route {
    /// Where this person may begin.
    #[at("/")]
    Start,
    /// Sign in.
    #[at("/login")]
    Login,
    /// The executive page.
    #[at("/executive")]
    Executive,
    /// Workspaces, side by side.
    #[at("/workspaces")]
    Workspaces,
    /// One workspace.
    #[at("/workspaces/:id")]
    Workspace {
        /// The workspace's id.
        id: String,
    },
    /// Agents, side by side.
    #[at("/agents")]
    Agents,
    /// One agent of the workspace that the query names.
    #[at("/agents/:id")]
    Agent {
        /// The agent's id.
        id: String,
    },
    /// Users, all together and in a list.
    #[at("/users")]
    Users,
    /// Who came back.
    #[at("/users/cohorts")]
    Cohorts,
    /// One user.
    #[at("/users/:id")]
    User {
        /// The user's id.
        id: String,
    },
    /// Agents, workspaces or users by a metric.
    #[at("/leaderboards")]
    Leaderboards,
    /// Agents, workspaces or periods side by side.
    #[at("/compare")]
    Compare,
    /// Executions, live.
    #[at("/executions")]
    Executions,
    /// Credits.
    #[at("/credits")]
    Credits,
    /// The platform's recurring revenue.
    #[at("/revenue")]
    Revenue,
    /// How fresh the data is, and whether it is as it must be.
    #[at("/data-health")]
    DataHealth,
    /// Groups of errors.
    #[at("/errors")]
    Errors,
    /// One group of errors of the workspace that the query names.
    #[at("/errors/:id")]
    Error {
        /// The group's id.
        id: String,
    },
    /// One execution of the workspace that the query names.
    #[at("/executions/:id")]
    Execution {
        /// The execution's id.
        id: String,
    },
    /// Every component in every state, on local stacks.
    #[at("/components")]
    Components,
    /// No such page.
    #[not_found]
    #[at("/404")]
    NotFound,
}

impl Route {
    /// What the page is called.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Start => "Dashboard",
            Self::Login => "Sign in",
            Self::Executive => "Executive",
            Self::Workspaces => "Workspaces",
            Self::Workspace { .. } => "Workspace",
            Self::Agents => "Agents",
            Self::Agent { .. } => "Agent",
            Self::Users => "Users",
            Self::Cohorts => "Retention",
            Self::User { .. } => "User",
            Self::Leaderboards => "Leaderboards",
            Self::Compare => "Compare",
            Self::Executions => "Executions",
            Self::Credits => "Credits",
            Self::Revenue => "Revenue",
            Self::DataHealth => "Data health",
            Self::Errors => "Errors",
            Self::Error { .. } => "Error",
            Self::Execution { .. } => "Execution",
            Self::Components => "Components",
            Self::NotFound => "Not found",
        }
    }

    /// The page that the navigation marks: one thing belongs to the list of such things.
    pub fn area(&self) -> &Self {
        match self {
            Self::Agent { .. } => &Self::Agents,
            Self::Cohorts | Self::User { .. } => &Self::Users,
            Self::Workspace { .. } => &Self::Workspaces,
            Self::Error { .. } => &Self::Errors,
            Self::Execution { .. } => &Self::Executions,
            other => other,
        }
    }

    /// Whether the page asks about a range of time.
    pub fn has_range(&self) -> bool {
        matches!(
            self,
            Self::Executive
                | Self::Workspaces
                | Self::Workspace { .. }
                | Self::Agents
                | Self::Agent { .. }
                | Self::Leaderboards
                | Self::Compare
                | Self::Credits
                | Self::Revenue
                | Self::Users
                | Self::Cohorts
                | Self::User { .. }
                | Self::Errors
                | Self::Error { .. }
        )
    }
}

/// The query that belongs to a page: one workspace's page has its workspace in the path, and that of all has none.
pub fn query_of(route: &Route, view: &View) -> String {
    match route {
        Route::Workspaces | Route::Workspace { .. } => View {
            workspace: None,
            ..view.clone()
        }
        .query(),
        Route::Login | Route::NotFound => String::new(),
        _ => view.query(),
    }
}

/// The address of a page.
pub fn address(route: &Route, view: &View) -> String {
    let query = query_of(route, view);
    if query.is_empty() {
        route.to_path()
    } else {
        format!("{}?{query}", route.to_path())
    }
}

/// The view that an address shows.
pub fn view_of(route: &Route, query: &str) -> View {
    let view = View::parse(query);
    match route {
        Route::Workspace { id } => View {
            workspace: Some(id.clone()),
            ..view
        },
        Route::Workspaces => View {
            workspace: None,
            ..view
        },
        _ => view,
    }
}

/// The same kind of page for another workspace, or for all of them.
pub fn with_workspace(route: &Route, view: &View, workspace: Option<&str>) -> (Route, View) {
    let view = View {
        workspace: workspace.map(str::to_owned),
        agent: None,
        execution: None,
        user: None,
        ..view.from_the_start()
    };
    match (route, workspace) {
        (Route::Workspaces | Route::Workspace { .. }, Some(id)) => {
            (Route::Workspace { id: id.to_owned() }, view.elsewhere())
        }
        (Route::Workspace { .. }, None) => (Route::Workspaces, view.elsewhere()),
        // Another workspace has other agents to choose from.
        (Route::Compare, _) => {
            let only = view.list.only.clone();
            let list = List {
                only,
                ..List::default()
            };
            (Route::Compare, View { list, ..view })
        }
        // Another workspace has other agents.
        (Route::Agent { .. }, _) => (Route::Agents, view),
        (Route::Error { .. }, _) => (Route::Errors, view),
        (Route::Execution { .. }, _) => (Route::Executions, view),
        (route, _) => (route.clone(), view),
    }
}

/// Where a person is.
#[derive(Clone, PartialEq)]
pub struct Place {
    /// The page.
    pub route: Route,
    /// What it shows.
    pub view: View,
    /// Goes elsewhere, as a new entry of the history.
    pub go: Callback<(Route, View)>,
}

impl Place {
    /// Whether what is seen is of a range of time, for who may or may not watch executions here.
    pub fn has_range(&self, may_watch: bool) -> bool {
        match self.route {
            Route::Executions => Tab::of(self.view.tab.as_deref(), may_watch).has_range(),
            _ => self.route.has_range(),
        }
    }

    /// Shows something else on the same page.
    pub fn show(&self, view: View) {
        self.go.emit((self.route.clone(), view));
    }
}

/// Where the person is.
#[hook]
pub fn use_place() -> Place {
    let route = use_route::<Route>().unwrap_or(Route::NotFound);
    let query = use_location()
        .map(|location| location.query_str().to_owned())
        .unwrap_or_default();
    let navigator = use_navigator();
    let go = use_callback(
        route.clone(),
        move |(route, view): (Route, View), here: &Route| {
            if let Some(navigator) = &navigator {
                visit(navigator, &route, &query_of(&route, &view));
            }
            // Another page begins at its top, for the eyes and for the keyboard.
            if route != *here {
                browser::begin_page();
            }
        },
    );
    Place {
        view: view_of(&route, &query),
        route,
        go,
    }
}

/// Goes to a page with a query that is already written.
pub fn visit(navigator: &Navigator, route: &Route, query: &str) {
    // A raw query cannot fail to encode.
    let _ = match query {
        "" => {
            navigator.push(route);
            Ok(())
        }
        query => navigator.push_with_query(route, Raw(query)),
    };
}

/// Properties of [`Go`].
#[derive(Properties, PartialEq)]
pub struct GoProps {
    /// The page to go to.
    pub to: Route,
    /// What to show there.
    pub view: View,
    /// Styles.
    #[prop_or_default]
    pub class: Classes,
    /// Whether this is where the person is.
    #[prop_or_default]
    pub current: bool,
    /// What the link shows.
    pub children: Html,
}

/// A link within the application.
#[component]
pub fn Go(props: &GoProps) -> Html {
    let place = use_place();
    let (to, view) = (props.to.clone(), props.view.clone());
    let href = address(&to, &view);
    let onclick = Callback::from(move |event: MouseEvent| {
        // What opens another tab or window is the browser's.
        if event.meta_key() || event.ctrl_key() || event.shift_key() || event.button() != 0 {
            return;
        }
        event.prevent_default();
        place.go.emit((to.clone(), view.clone()));
    });
    html! {
        <a class={props.class.clone()} {href} {onclick} aria-current={props.current.then_some("page")}>
            { props.children.clone() }
        </a>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0192f0c1-2222-7333-8444-555566667777";

    #[test]
    fn a_workspace_is_in_the_path_of_its_page_and_in_the_query_of_others() {
        let view = View {
            workspace: Some(ID.to_owned()),
            ..View::default()
        };
        let page = Route::Workspace { id: ID.to_owned() };
        assert_eq!(address(&page, &view), format!("/workspaces/{ID}"));
        assert_eq!(
            address(&Route::Executions, &view),
            format!("/executions?workspace={ID}")
        );
        assert_eq!(view_of(&page, ""), view);
        assert_eq!(
            view_of(&Route::Executive, &format!("?workspace={ID}")),
            view
        );
    }

    #[test]
    fn whatever_an_agent_is_called_its_page_is_found() {
        for id in ["a-1", "a/1 ?&#%", "größe", "..", "a+b"] {
            let page = Route::Agent { id: id.to_owned() };
            assert_eq!(Route::recognize(&page.to_path()), Some(page), "{id}");
        }
        let view = View::default();
        let page = Route::Agent { id: "a".to_owned() };
        assert_eq!(with_workspace(&page, &view, Some(ID)).0, Route::Agents);
    }

    #[test]
    fn a_user_has_a_page_beside_retention() {
        for id in ["u-1", "anna@example.org", "a/1 ?&#%"] {
            let page = Route::User { id: id.to_owned() };
            assert_eq!(
                Route::recognize(&page.to_path()),
                Some(page.clone()),
                "{id}"
            );
            assert_eq!(page.area(), &Route::Users);
        }
        assert_eq!(Route::recognize("/users/cohorts"), Some(Route::Cohorts));
    }

    #[test]
    fn another_workspace_keeps_the_page_and_the_range() {
        let view = View::parse("range=7d&agent=a-1");
        let (route, other) = with_workspace(&Route::Executions, &view, Some(ID));
        assert_eq!(
            address(&route, &other),
            format!("/executions?workspace={ID}&range=7d")
        );
        let (route, all) = with_workspace(&Route::Workspace { id: ID.to_owned() }, &view, None);
        assert_eq!(address(&route, &all), "/workspaces?range=7d");
    }
}
