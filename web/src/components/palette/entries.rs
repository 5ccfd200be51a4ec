//! What the palette offers, and what of it is meant by a few letters.

use crate::{
    browser::Theme,
    components::layout::pages,
    navigation::{Route, with_workspace},
    state::{
        choices::Choices,
        list::List,
        range::{Preset, Span},
        session::Viewer,
        view::View,
    },
};

/// How many entries are shown at most.
pub(super) const MOST: usize = 12;

/// What an entry does.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Act {
    /// Goes to a page, or shows something else on this one.
    Go(Route, Box<View>),
    /// Chooses a theme.
    Choose(Theme),
}

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// What it belongs to, in a word.
    pub(super) kind: &'static str,
    /// What it is called.
    pub(super) name: String,
    /// What it does.
    pub(super) act: Act,
}

/// Everything that this person can go to or do here, pages first.
pub(super) fn all(viewer: &Viewer, route: &Route, view: &View, choices: &Choices) -> Vec<Entry> {
    let go = |kind, name: &str, route: Route, view: View| Entry {
        kind,
        name: name.to_owned(),
        act: Act::Go(route, Box::new(view)),
    };
    let pages = pages(viewer).map(|(name, to)| go("Page", name, to, view.elsewhere()));
    let everywhere = with_workspace(route, view, None);
    let everywhere = go("Workspace", "All workspaces", everywhere.0, everywhere.1);
    let workspaces = viewer.workspaces.iter().map(|one| {
        let (route, view) = with_workspace(route, view, Some(&one.workspace_id));
        go("Workspace", &one.name, route, view)
    });
    // Another workspace may have agents of the same ids, so they are known in one only.
    let agents = choices.agents.iter().filter(|_| view.workspace.is_some());
    let agents = agents.map(|agent| {
        let to = Route::Agent {
            id: agent.id.clone(),
        };
        go("Agent", &agent.label, to, view.elsewhere())
    });
    let ranges = Preset::ALL.into_iter().filter(|_| route.has_range());
    let ranges = ranges.map(|preset| {
        let view = View {
            span: Span::Preset(preset),
            list: List {
                page: None,
                ..view.list.clone()
            },
            ..view.clone()
        };
        go("Range", preset.label(), route.clone(), view)
    });
    let themes = Theme::ALL.into_iter().map(|theme| Entry {
        kind: "Theme",
        name: theme.label().to_owned(),
        act: Act::Choose(theme),
    });
    pages
        .chain([everywhere])
        .chain(workspaces)
        .chain(agents)
        .chain(ranges)
        .chain(themes)
        .collect()
}

/// What is meant by a text: all of its words are in the entry, best those that begin with it.
pub(super) fn meant(entries: &[Entry], text: &str) -> Vec<Entry> {
    let text = text.trim().to_lowercase();
    let rank = |entry: &Entry| {
        let name = entry.name.to_lowercase();
        let whole = format!("{} {name}", entry.kind.to_lowercase());
        let all = text.split_whitespace().all(|word| whole.contains(word));
        let begins = |from: &str| from.starts_with(&text);
        all.then(|| match () {
            () if begins(&name) => 0,
            () if name.split_whitespace().any(begins) => 1,
            () => 2,
        })
    };
    let mut found: Vec<(u8, &Entry)> = entries
        .iter()
        .filter_map(|entry| Some((rank(entry)?, entry)))
        .collect();
    // A stable order: of equals, what was offered first.
    found.sort_by_key(|(rank, _)| *rank);
    let found = found.into_iter().take(MOST);
    found.map(|(_, entry)| entry.clone()).collect()
}

/// Where the mark is after a key: it goes around.
pub(super) fn marked_after(key: &str, at: usize, count: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    match key {
        "ArrowDown" => Some(if at >= last { 0 } else { at + 1 }),
        "ArrowUp" => Some(if at == 0 { last } else { at - 1 }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{choices::Choice, session::tests::owner};

    fn entries(route: &Route, view: &View) -> Vec<Entry> {
        let choices = Choices {
            agents: vec![Choice {
                id: "a-1".to_owned(),
                label: "Invoice reader".to_owned(),
            }],
            ..Choices::default()
        };
        all(&owner(), route, view, &choices)
    }

    fn names(entries: &[Entry]) -> Vec<&str> {
        entries.iter().map(|entry| entry.name.as_str()).collect()
    }

    #[test]
    fn a_few_letters_find_what_begins_with_them_first() {
        let all = entries(&Route::Executive, &View::default());
        assert_eq!(names(&meant(&all, "cred")), ["Credits"]);
        assert_eq!(
            names(&meant(&all, "EXEC"))[..2],
            ["Executive", "Executions"]
        );
        assert_eq!(names(&meant(&all, "theme da")), ["Dark"]);
        assert_eq!(names(&meant(&all, "days 30")), ["Last 30 days"]);
        assert!(meant(&all, "zzz").is_empty());
        assert_eq!(meant(&all, "").len(), MOST);
    }

    #[test]
    fn what_may_not_be_seen_is_not_offered() {
        let all = entries(&Route::Executive, &View::default());
        assert!(!names(&all).contains(&"Revenue"), "{:?}", names(&all));
    }

    #[test]
    fn agents_are_of_the_workspace_and_ranges_of_pages_that_have_one() {
        let all = entries(&Route::Executive, &View::default());
        assert!(!names(&all).contains(&"Invoice reader"));
        let view = View {
            workspace: Some("w1".to_owned()),
            ..View::default()
        };
        let all = entries(&Route::Executions, &view);
        assert!(names(&all).contains(&"Invoice reader"));
        assert!(!names(&all).contains(&"Last 30 days"));
    }

    #[test]
    fn a_workspace_keeps_the_page() {
        let all = entries(&Route::Credits, &View::default());
        let borealis = all.iter().find(|entry| entry.name == "Borealis").unwrap();
        let Act::Go(route, view) = &borealis.act else {
            panic!("{borealis:?}");
        };
        assert_eq!(
            (route, view.workspace.as_deref()),
            (&Route::Credits, Some("w2"))
        );
    }

    #[test]
    fn the_mark_goes_around() {
        assert_eq!(marked_after("ArrowDown", 0, 3), Some(1));
        assert_eq!(marked_after("ArrowDown", 2, 3), Some(0));
        assert_eq!(marked_after("ArrowUp", 0, 3), Some(2));
        assert_eq!(marked_after("ArrowUp", 0, 0), None);
        assert_eq!(marked_after("a", 0, 3), None);
    }
}
