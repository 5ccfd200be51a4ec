//! The navigation: what exists and this person may see.

use yew::prelude::*;

use crate::{
    components::ui::{Icon, Symbol},
    navigation::{Go, Route, use_place},
    session::use_signed_in,
    state::session::{Permission, Viewer},
};

/// One entry.
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    name: &'static str,
    symbol: Symbol,
    to: Route,
}

/// What this person may see.
fn entries(viewer: &Viewer) -> Vec<Entry> {
    let mut entries = Vec::new();
    if viewer.may(Permission::ViewExecutive, None) {
        entries.push(Entry {
            name: "Executive",
            symbol: Symbol::Chart,
            to: Route::Executive,
        });
    }
    if viewer.may(Permission::ViewAnalytics, None) {
        entries.push(Entry {
            name: "Workspaces",
            symbol: Symbol::Workspace,
            to: Route::Workspaces,
        });
        entries.push(Entry {
            name: "Agents",
            symbol: Symbol::Agent,
            to: Route::Agents,
        });
        entries.push(Entry {
            name: "Users",
            symbol: Symbol::Person,
            to: Route::Users,
        });
        entries.push(Entry {
            name: "Leaderboards",
            symbol: Symbol::Podium,
            to: Route::Leaderboards,
        });
        entries.push(Entry {
            name: "Compare",
            symbol: Symbol::Compare,
            to: Route::Compare,
        });
    }
    if viewer.may(Permission::ViewAnalytics, None) || viewer.may(Permission::WatchEvents, None) {
        entries.push(Entry {
            name: "Executions",
            symbol: Symbol::Activity,
            to: Route::Executions,
        });
    }
    if viewer.may(Permission::ViewAnalytics, None) {
        entries.push(Entry {
            name: "Errors",
            symbol: Symbol::Warning,
            to: Route::Errors,
        });
        entries.push(Entry {
            name: "Credits",
            symbol: Symbol::Coins,
            to: Route::Credits,
        });
    }
    // The platform's: who may see the money of some workspaces only may not see that of all.
    if viewer.may_everywhere(Permission::ViewFinancial) {
        entries.push(Entry {
            name: "Revenue",
            symbol: Symbol::Money,
            to: Route::Revenue,
        });
    }
    if viewer.may(Permission::ViewAnalytics, None) {
        entries.push(Entry {
            name: "Data health",
            symbol: Symbol::Shield,
            to: Route::DataHealth,
        });
    }
    entries
}

/// The pages of the navigation by name, for who looks for one otherwise.
pub(crate) fn pages(viewer: &Viewer) -> impl Iterator<Item = (&'static str, Route)> {
    let entries = entries(viewer).into_iter();
    entries.map(|entry| (entry.name, entry.to))
}

/// The navigation.
#[component]
pub fn Sidebar() -> Html {
    let place = use_place();
    let viewer = use_signed_in().viewer;
    let entries = entries(&viewer);
    let view = place.view.elsewhere();
    html! {
        <aside class="sidebar">
            <a class="skip" href="#content">{ "Skip to the content" }</a>
            <p class="brand"><span class="brand__mark" aria-hidden="true"></span>{ "Shadow Analytics" }</p>
            <nav class="nav" aria-label="Main">
                { for entries.into_iter().map(|entry| {
                    let current = std::mem::discriminant(&entry.to) == std::mem::discriminant(place.route.area());
                    html! {
                        <Go to={entry.to} view={view.clone()} class="nav__link" {current}>
                            <Icon symbol={entry.symbol} />
                            <span>{ entry.name }</span>
                        </Go>
                    }
                }) }
            </nav>
        </aside>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        rendering,
        state::session::tests::{owner, workspace},
    };

    fn names(viewer: &Viewer) -> Vec<&'static str> {
        entries(viewer)
            .into_iter()
            .map(|entry| entry.name)
            .collect()
    }

    #[test]
    fn entries_follow_permissions() {
        assert_eq!(
            names(&owner()),
            [
                "Executive",
                "Workspaces",
                "Agents",
                "Users",
                "Leaderboards",
                "Compare",
                "Executions",
                "Errors",
                "Credits",
                "Data health"
            ]
        );
        let viewer = Viewer {
            workspaces: vec![workspace("w1", "Acme", "viewer", &["view_analytics"])],
            ..Viewer::default()
        };
        assert_eq!(
            names(&viewer),
            [
                "Workspaces",
                "Agents",
                "Users",
                "Leaderboards",
                "Compare",
                "Executions",
                "Errors",
                "Credits",
                "Data health"
            ]
        );
        let engineer = Viewer {
            permissions: vec!["view_analytics".to_owned(), "watch_events".to_owned()],
            ..viewer.clone()
        };
        assert_eq!(
            names(&engineer),
            [
                "Workspaces",
                "Agents",
                "Users",
                "Leaderboards",
                "Compare",
                "Executions",
                "Errors",
                "Credits",
                "Data health"
            ]
        );
        let executive = Viewer {
            permissions: vec!["view_financial".to_owned()],
            ..Viewer::default()
        };
        assert_eq!(names(&executive), ["Revenue"]);
        assert!(names(&Viewer::default()).is_empty());
    }

    #[tokio::test]
    async fn the_current_page_is_marked_and_the_range_is_kept() {
        let html = rendering::signed_in("/executive?range=7d", || html! { <Sidebar /> }).await;
        assert!(html.contains(r#"href="/executive?range=7d""#), "{html}");
        assert!(html.contains(r#"aria-current="page""#), "{html}");
        assert!(html.contains(r#"href="/workspaces?range=7d""#), "{html}");
    }
}
