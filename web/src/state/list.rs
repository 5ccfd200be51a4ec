//! How a list is searched, ordered and cut: the part of the address that only lists have.

use std::collections::BTreeSet;

/// The longest text that can be searched for, in bytes; the server takes no longer one.
const LONGEST_SEARCH: usize = 100;

/// How a list is searched, ordered and cut.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct List {
    /// The text that names must have; empty for any.
    pub contains: String,
    /// The column that orders it; absent for its own order.
    pub sort: Option<String>,
    /// Whether the order is turned around.
    pub reversed: bool,
    /// The kind of errors that are listed; absent for any.
    pub kind: Option<String>,
    /// The state of what is listed; absent for any.
    pub state: Option<String>,
    /// The trigger of what is counted; absent for any.
    pub trigger: Option<String>,
    /// The kind that entries are of, by its word; absent for any, or for the page's own.
    pub only: Option<String>,
    /// Entries that are put side by side, at most [`MOST_CHOSEN`], each once.
    pub chosen: Vec<String>,
    /// The fewest executions that an entry has.
    pub min_executions: u64,
    /// Where the page begins, in the server's words; absent for the first.
    pub page: Option<String>,
    /// Columns that are not shown.
    pub hidden: BTreeSet<String>,
}

/// How many entries can be put side by side.
pub const MOST_CHOSEN: usize = 8;

impl List {
    /// Whether anything is left out.
    pub fn is_narrowed(&self) -> bool {
        !self.contains.is_empty()
            || self.kind.is_some()
            || self.state.is_some()
            || self.trigger.is_some()
            || self.only.is_some()
            || self.min_executions > 0
    }

    /// The list with an entry put beside the others, where there is room and it is not there yet.
    pub fn with(&self, entry: &str) -> Self {
        let mut list = self.clone();
        list.choose(entry.to_owned());
        list
    }

    /// The list without an entry beside the others.
    pub fn without(&self, entry: &str) -> Self {
        let mut list = self.clone();
        list.chosen.retain(|one| one != entry);
        list
    }

    fn choose(&mut self, entry: String) {
        let fits = !entry.is_empty() && entry.len() <= 400 && self.chosen.len() < MOST_CHOSEN;
        if fits && !self.chosen.contains(&entry) {
            self.chosen.push(entry);
        }
    }

    /// The list searched for a text, as far as the server takes it: cut on a character's border, without control characters.
    /// It begins at its first page.
    pub fn searched(&self, text: &str) -> Self {
        let mut contains: String = text.chars().filter(|char| !char.is_control()).collect();
        contains.truncate(contains.floor_char_boundary(LONGEST_SEARCH));
        Self {
            contains,
            page: None,
            ..self.clone()
        }
    }

    /// The list by a column: the same column again turns it around. It begins at its first page.
    pub fn sorted_by(&self, column: &str) -> Self {
        let again = self.sort.as_deref() == Some(column);
        Self {
            sort: Some(column.to_owned()),
            reversed: again && !self.reversed,
            page: None,
            ..self.clone()
        }
    }

    /// The list with a column shown where it was not, and the other way round.
    pub fn toggled(&self, column: &str) -> Self {
        let mut list = self.clone();
        if !list.hidden.remove(column) {
            list.hidden.insert(column.to_owned());
        }
        list
    }

    /// Takes one pair of the address, where it is one of a list.
    pub(super) fn read(&mut self, key: &str, value: String) {
        match key {
            "search" => {
                let page = self.page.take();
                *self = Self {
                    page,
                    ..self.searched(&value)
                };
            }
            "sort" => {
                self.reversed = value.starts_with('-');
                let column = value.trim_start_matches('-');
                self.sort = is_word(column).then(|| column.to_owned());
            }
            "kind" if value.len() <= 128 => self.kind = Some(value),
            "state" if is_word(&value) => self.state = Some(value),
            "trigger" if is_word(&value) => self.trigger = Some(value),
            "only" if is_word(&value) => self.only = Some(value),
            "with" => self.choose(value),
            "min_executions" => self.min_executions = value.parse().unwrap_or_default(),
            "page" if !value.is_empty() && value.len() <= 2_000 => self.page = Some(value),
            "hide" => {
                self.hidden = value
                    .split('.')
                    .filter(|column| is_word(column))
                    .map(str::to_owned)
                    .collect();
            }
            _ => {}
        }
    }

    /// Adds its pairs to an address.
    pub(super) fn write(&self, pairs: &mut Vec<(&str, String)>) {
        if !self.contains.is_empty() {
            pairs.push(("search", self.contains.clone()));
        }
        if let Some(column) = &self.sort {
            let sign = if self.reversed { "-" } else { "" };
            pairs.push(("sort", format!("{sign}{column}")));
        }
        if let Some(kind) = &self.kind {
            pairs.push(("kind", kind.clone()));
        }
        if let Some(state) = &self.state {
            pairs.push(("state", state.clone()));
        }
        if let Some(trigger) = &self.trigger {
            pairs.push(("trigger", trigger.clone()));
        }
        if let Some(only) = &self.only {
            pairs.push(("only", only.clone()));
        }
        for entry in &self.chosen {
            pairs.push(("with", entry.clone()));
        }
        if self.min_executions > 0 {
            pairs.push(("min_executions", self.min_executions.to_string()));
        }
        if let Some(page) = &self.page {
            pairs.push(("page", page.clone()));
        }
        if !self.hidden.is_empty() {
            let hidden: Vec<&str> = self.hidden.iter().map(String::as_str).collect();
            pairs.push(("hide", hidden.join(".")));
        }
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::view::View;

    fn through_the_address(list: List) -> List {
        let view = View {
            list,
            ..View::default()
        };
        View::parse(&view.query()).list
    }

    #[test]
    fn a_list_survives_the_address() {
        let list = List {
            contains: "a & b=c".to_owned(),
            sort: Some("duration_p95".to_owned()),
            reversed: true,
            kind: Some("Rate limited?".to_owned()),
            state: Some("resolved".to_owned()),
            trigger: Some("schedule".to_owned()),
            only: Some("slipping".to_owned()),
            chosen: vec!["w1/a & b".to_owned(), "w1/ü=".to_owned()],
            min_executions: 20,
            page: Some("AQ-_".to_owned()),
            hidden: ["cost", "credits"].map(str::to_owned).into(),
        };
        assert_eq!(through_the_address(list.clone()), list);
        assert_eq!(through_the_address(List::default()), List::default());
    }

    #[test]
    fn a_search_is_cut_to_what_the_server_takes() {
        let cut = List::default().searched(&"ü".repeat(80)).contains;
        assert_eq!(cut, "ü".repeat(50));
        let cut = List::default().searched(&format!("a{}", "ü".repeat(80)));
        assert_eq!(cut.contains.len(), 99);
        assert_eq!(List::default().searched("a\n\u{7f}b").contains, "ab");
        assert_eq!(View::parse("page=AQ&search=a%0Ab").list.contains, "ab");
        assert_eq!(
            View::parse("page=AQ&search=a").list.page.as_deref(),
            Some("AQ")
        );
    }

    #[test]
    fn what_is_no_word_is_left_out() {
        let view = View::parse("sort=<b>&trigger=A B&hide=cost.<i>.&min_executions=-1&page=");
        let cost = List {
            hidden: ["cost".to_owned()].into(),
            ..List::default()
        };
        assert_eq!(view.list, cost);
    }

    #[test]
    fn the_same_column_again_turns_the_order_around() {
        let second = List {
            page: Some("2".to_owned()),
            ..List::default()
        };
        let once = second.sorted_by("cost");
        assert_eq!((once.reversed, &once.page), (false, &None));
        let twice = once.sorted_by("cost");
        assert!(twice.reversed && !twice.sorted_by("cost").reversed);
        assert!(!twice.sorted_by("credits").reversed);
    }

    #[test]
    fn entries_are_put_side_by_side_once_and_as_many_as_fit() {
        let two = List::default().with("a").with("b").with("a");
        assert_eq!(two.chosen, ["a", "b"]);
        assert_eq!(two.without("a").chosen, ["b"]);
        let many = (0..20).fold(List::default(), |list, at| list.with(&at.to_string()));
        assert_eq!(many.chosen.len(), MOST_CHOSEN);
    }

    #[test]
    fn a_column_is_hidden_and_shown_again() {
        let hidden = List::default().toggled("cost");
        assert!(hidden.hidden.contains("cost"));
        assert_eq!(hidden.toggled("cost"), List::default());
    }
}
