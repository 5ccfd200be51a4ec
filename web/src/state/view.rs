//! The view state: everything that changes what is seen, read from and written to the query of the address.

use chrono::NaiveDate;

use super::{
    cohorts::Cohorts,
    list::List,
    money::Money,
    range::{Preset, Span},
};

/// The longest work that can be asked for; the server takes no longer one.
const LONGEST_SECONDS: u32 = 366 * 86_400;

/// What the periods of a view are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compare {
    /// The same calendar units directly before.
    #[default]
    Previous,
    /// The same calendar units one year earlier.
    Year,
    /// Nothing.
    Off,
}

impl Compare {
    /// Every choice, in the order in which it is offered.
    pub const ALL: [Self; 3] = [Self::Previous, Self::Year, Self::Off];

    /// The word in the address.
    pub fn id(self) -> &'static str {
        match self {
            Self::Previous => "previous",
            Self::Year => "year",
            Self::Off => "off",
        }
    }

    /// What a person reads.
    pub fn label(self) -> &'static str {
        match self {
            Self::Previous => "Previous period",
            Self::Year => "Previous year",
            Self::Off => "No comparison",
        }
    }
}

/// Everything that changes what is seen, except the page itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct View {
    /// The workspace, or every workspace that the person may see.
    pub workspace: Option<String>,
    /// The span of time.
    pub span: Span,
    /// An IANA zone; absent for the workspace's own, or UTC over several workspaces.
    pub zone: Option<String>,
    /// What periods are compared with.
    pub compare: Compare,
    /// The agent that the live feed is kept to.
    pub agent: Option<String>,
    /// The status that the live feed is kept to, by its word.
    pub status: Option<String>,
    /// The model that the live feed is kept to.
    pub model: Option<String>,
    /// The shortest work that the live feed is kept to, in seconds; zero for any.
    pub min_seconds: u32,
    /// The user that executions are kept to.
    pub user: Option<String>,
    /// The kind of error that executions are kept to.
    pub error_kind: Option<String>,
    /// The part of the page that is seen, by its word; absent for its first one.
    pub tab: Option<String>,
    /// The execution whose details are open.
    pub execution: Option<String>,
    /// How retention is looked at.
    pub cohorts: Cohorts,
    /// How a list is searched, ordered and cut.
    pub list: List,
    /// How money is looked at.
    pub money: Money,
}

impl View {
    /// The view without what means something on one page only: the filters of the feed, the part of the page, the execution
    /// that is open, how retention and money are looked at, how a list is searched.
    pub fn elsewhere(&self) -> Self {
        Self {
            agent: None,
            status: None,
            model: None,
            min_seconds: 0,
            user: None,
            error_kind: None,
            tab: None,
            execution: None,
            cohorts: Cohorts::default(),
            list: List::default(),
            money: Money::default(),
            ..self.clone()
        }
    }

    /// The view with its list at the first page: a page of one question is no page of another.
    pub fn from_the_start(&self) -> Self {
        Self {
            list: List {
                page: None,
                ..self.list.clone()
            },
            ..self.clone()
        }
    }

    /// Reads the query of an address, with or without its question mark. What is unknown or malformed is left at its
    /// default, so that an old or a mistyped link still opens.
    pub fn parse(query: &str) -> Self {
        let mut view = Self::default();
        let (mut range, mut from, mut to) = (None, None, None);
        for (key, value) in pairs(query) {
            match key.as_str() {
                "workspace" if is_uuid(&value) => view.workspace = Some(value.to_ascii_lowercase()),
                "range" => range = Some(value),
                "from" => from = value.parse::<NaiveDate>().ok(),
                "to" => to = value.parse::<NaiveDate>().ok(),
                "zone" if is_zone(&value) => view.zone = Some(value),
                "compare" => {
                    view.compare = Compare::ALL
                        .into_iter()
                        .find(|one| one.id() == value)
                        .unwrap_or_default();
                }
                "agent" if !value.is_empty() => view.agent = Some(value),
                "status" if !value.is_empty() => view.status = Some(value),
                "model" if !value.is_empty() => view.model = Some(value),
                "min_duration" => {
                    view.min_seconds = value
                        .parse()
                        .ok()
                        .filter(|seconds| *seconds <= LONGEST_SECONDS)
                        .unwrap_or_default();
                }
                "user" if !value.is_empty() => view.user = Some(value),
                "error_kind" => view.error_kind = Some(value),
                "tab" if !value.is_empty() => view.tab = Some(value),
                "execution" if is_uuid(&value) => view.execution = Some(value.to_ascii_lowercase()),
                "mode" | "interval" | "start" => view.cohorts = view.cohorts.with(&key, &value),
                other => {
                    view.money.read(other, &value);
                    view.list.read(other, value);
                }
            }
        }
        view.span = match (range.as_deref(), from, to) {
            (Some("custom"), Some(first), Some(last)) => Span::custom(first, last),
            (Some(id), _, _) => Preset::parse(id).map(Span::Preset).unwrap_or_default(),
            _ => Span::default(),
        };
        view
    }

    /// Writes the query of an address, without a question mark; defaults are left out, so that links stay short.
    pub fn query(&self) -> String {
        let mut pairs: Vec<(&str, String)> = Vec::new();
        if let Some(workspace) = &self.workspace {
            pairs.push(("workspace", workspace.clone()));
        }
        match self.span {
            Span::Preset(preset) if preset == Preset::default() => {}
            Span::Preset(preset) => pairs.push(("range", preset.id().to_owned())),
            Span::Custom { first, last } => {
                pairs.push(("range", "custom".to_owned()));
                pairs.push(("from", first.to_string()));
                pairs.push(("to", last.to_string()));
            }
        }
        if let Some(zone) = &self.zone {
            pairs.push(("zone", zone.clone()));
        }
        if self.compare != Compare::default() {
            pairs.push(("compare", self.compare.id().to_owned()));
        }
        if let Some(agent) = &self.agent {
            pairs.push(("agent", agent.clone()));
        }
        if let Some(status) = &self.status {
            pairs.push(("status", status.clone()));
        }
        if let Some(model) = &self.model {
            pairs.push(("model", model.clone()));
        }
        if self.min_seconds > 0 {
            pairs.push(("min_duration", self.min_seconds.to_string()));
        }
        if let Some(user) = &self.user {
            pairs.push(("user", user.clone()));
        }
        if let Some(kind) = &self.error_kind {
            pairs.push(("error_kind", kind.clone()));
        }
        if let Some(tab) = &self.tab {
            pairs.push(("tab", tab.clone()));
        }
        if let Some(execution) = &self.execution {
            pairs.push(("execution", execution.clone()));
        }
        self.cohorts.write(&mut pairs);
        self.money.write(&mut pairs);
        self.list.write(&mut pairs);
        pairs
            .into_iter()
            .map(|(key, value)| format!("{key}={}", encode(&value)))
            .collect::<Vec<_>>()
            .join("&")
    }
}

/// The address to come back to after sign-in, where it is one of this application: a path, never another site.
pub fn next_of(query: &str) -> Option<String> {
    let next = pairs(query).find(|(key, _)| key == "next")?.1;
    let local = next.starts_with('/')
        && !next.starts_with("//")
        && !next.starts_with("/login")
        && !next.contains(['\\', '\n', '\r', '\t']);
    local.then_some(next)
}

/// Percent-encodes what is not plain in a query.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b':' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn pairs(query: &str) -> impl Iterator<Item = (String, String)> + '_ {
    query
        .trim_start_matches('?')
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text
            .get(at + 1..at + 3)
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                at += 2;
            }
            (b'+', _) => decoded.push(b' '),
            (byte, _) => decoded.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_zone(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte))
}

#[cfg(test)]
mod tests;
