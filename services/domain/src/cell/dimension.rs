//! What cells are keyed by.

/// Joins the parts of a pair's key. No id holds a control character.
pub const SEPARATOR: char = '\u{1f}';

/// What executions can be grouped and filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// The agent that ran.
    Agent,
    /// The version of the agent; only together with the agent.
    AgentVersion,
    /// What asked for the execution.
    Trigger,
    /// Where it ran.
    Environment,
    /// The model, known at the end.
    Model,
    /// Who served the model, known at the end.
    Provider,
    /// The kind of error of failed and timed out runs, known at the end.
    ErrorKind,
    /// The workspace. Every cell belongs to one, so that it is no part of any key and goes with every dimension.
    Workspace,
}

/// A combination of parts for which cells are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dimension {
    /// Everything, under the empty key.
    Total,
    /// By agent.
    Agent,
    /// By trigger.
    Trigger,
    /// By environment.
    Environment,
    /// By model.
    Model,
    /// By provider.
    Provider,
    /// By error kind.
    ErrorKind,
    /// By agent and its version.
    AgentVersion,
    /// By agent and model.
    AgentModel,
    /// By agent and error kind.
    AgentErrorKind,
    /// By agent and trigger.
    AgentTrigger,
}

impl Dimension {
    /// Every dimension, by code.
    pub const ALL: &'static [Dimension] = &[
        Dimension::Total,
        Dimension::Agent,
        Dimension::Trigger,
        Dimension::Environment,
        Dimension::Model,
        Dimension::Provider,
        Dimension::ErrorKind,
        Dimension::AgentVersion,
        Dimension::AgentModel,
        Dimension::AgentErrorKind,
        Dimension::AgentTrigger,
    ];

    /// The code that is stored.
    pub fn code(self) -> i16 {
        match self {
            Dimension::Total => 0,
            Dimension::Agent => 1,
            Dimension::Trigger => 2,
            Dimension::Environment => 3,
            Dimension::Model => 4,
            Dimension::Provider => 5,
            Dimension::ErrorKind => 6,
            Dimension::AgentVersion => 16,
            Dimension::AgentModel => 17,
            Dimension::AgentErrorKind => 18,
            Dimension::AgentTrigger => 19,
        }
    }

    /// The dimension of a code.
    pub fn from_code(code: i16) -> Option<Dimension> {
        Dimension::ALL
            .iter()
            .copied()
            .find(|dimension| dimension.code() == code)
    }

    /// The parts of a key, in order; none for the total.
    pub fn parts(self) -> &'static [Part] {
        match self {
            Dimension::Total => &[],
            Dimension::Agent => &[Part::Agent],
            Dimension::Trigger => &[Part::Trigger],
            Dimension::Environment => &[Part::Environment],
            Dimension::Model => &[Part::Model],
            Dimension::Provider => &[Part::Provider],
            Dimension::ErrorKind => &[Part::ErrorKind],
            Dimension::AgentVersion => &[Part::Agent, Part::AgentVersion],
            Dimension::AgentModel => &[Part::Agent, Part::Model],
            Dimension::AgentErrorKind => &[Part::Agent, Part::ErrorKind],
            Dimension::AgentTrigger => &[Part::Agent, Part::Trigger],
        }
    }

    /// The dimension whose parts are these, in any order.
    pub fn from_parts(parts: &[Part]) -> Option<Dimension> {
        let same = |dimension: &&Dimension| {
            let own = dimension.parts();
            own.len() == parts.len() && own.iter().all(|part| parts.contains(part))
        };
        Dimension::ALL.iter().find(same).copied()
    }

    /// The stored key of these parts; an empty part is unknown.
    pub fn key(parts: &[&str]) -> String {
        let mut key = String::with_capacity(parts.iter().map(|part| part.len() + 1).sum());
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                key.push(SEPARATOR);
            }
            key.push_str(part);
        }
        key
    }

    /// The parts of a stored key, as many as the dimension has.
    pub fn split(self, key: &str) -> Vec<&str> {
        match self {
            Dimension::Total => Vec::new(),
            _ => key.splitn(self.parts().len(), SEPARATOR).collect(),
        }
    }
}

impl Part {
    /// The name, in lower case with underscores.
    pub fn name(self) -> &'static str {
        match self {
            Part::Agent => "agent",
            Part::AgentVersion => "agent_version",
            Part::Trigger => "trigger",
            Part::Environment => "environment",
            Part::Model => "model",
            Part::Provider => "provider",
            Part::ErrorKind => "error_kind",
            Part::Workspace => "workspace",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_parts_and_keys_lead_back() {
        for dimension in Dimension::ALL {
            assert_eq!(Dimension::from_code(dimension.code()), Some(*dimension));
            let mut parts = dimension.parts().to_vec();
            parts.reverse();
            assert_eq!(Dimension::from_parts(&parts), Some(*dimension));
        }
        assert_eq!(
            (
                Dimension::from_code(7),
                Dimension::from_parts(&[Part::AgentVersion])
            ),
            (None, None)
        );
        let key = Dimension::key(&["billing", ""]);
        assert_eq!(
            (key.as_str(), Dimension::AgentVersion.split(&key)),
            ("billing\u{1f}", vec!["billing", ""])
        );
        assert_eq!(Dimension::Total.split(""), Vec::<&str>::new());
        assert_eq!(Dimension::Model.split(""), [""]);
    }
}
