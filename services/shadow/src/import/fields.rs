//! What a row can say, and where it says it: `--map FIELD=COLUMN` and `--const FIELD=VALUE`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

macro_rules! fields {
    ($($field:ident $name:literal $meaning:literal),* $(,)?) => {
        /// Something that a row can say of an execution.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Field { $(#[doc = $meaning] $field),* }

        impl Field {
            /// Every field, in the order in which help lists them.
            pub(crate) const ALL: &[Self] = &[$(Self::$field),*];

            /// The name by which options call it.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$field => $name),* }
            }

            /// What it means, and in what form it is read.
            pub(crate) fn meaning(self) -> &'static str {
                match self { $(Self::$field => $meaning),* }
            }
        }
    };
}

fields! {
    OpenedAt "opened_at" "when it was asked for (a time)",
    AgentId "agent_id" "the agent that ran",
    Trigger "trigger" "user, schedule, api or agent",
    ExecutionId "execution_id" "the file's own id, instead of the line number; any text that is unique in the source",
    AgentVersion "agent_version" "the agent's version",
    Environment "environment" "such as production",
    UserId "user_id" "on whose behalf it ran",
    TimeoutSeconds "timeout_seconds" "after which it was given up",
    StartedAt "started_at" "when it began to run (a time)",
    EndedAt "ended_at" "when it ended (a time)",
    DurationSeconds "duration_seconds" "how long it ran",
    DurationMillis "duration_millis" "how long it ran",
    Outcome "outcome" "completed, failed, cancelled, timed_out or unknown",
    Model "model" "the model that was used",
    Provider "provider" "who served the model",
    InputTokens "input_tokens" "tokens that the model read",
    OutputTokens "output_tokens" "tokens that the model wrote",
    Credits "credits" "credits consumed, such as 0.25",
    Cost "cost" "what the provider charges, such as 0.0031",
    Currency "currency" "of the cost, such as USD",
    ErrorKind "error_kind" "a short class of the error",
    ErrorMessage "error_message" "the error itself",
}

/// Without these there is no execution.
const REQUIRED: [Field; 3] = [Field::OpenedAt, Field::AgentId, Field::Trigger];

/// The list of fields as `--help` shows it.
pub(crate) fn help() -> String {
    let mut help = "FIELDS of --map and --const:\n".to_owned();
    for field in Field::ALL {
        help.push_str(&format!("  {:<17} {}\n", field.name(), field.meaning()));
    }
    help.push_str(
        "\nA row needs opened_at, agent_id and trigger. What neither the file nor a constant gives stays unknown; an empty \
         cell\nis unknown too. Without ended_at or a duration the end is recorded at opened_at, with its duration unknown.",
    );
    help
}

/// Where the values of a row come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mapping {
    /// The column of each field that has one.
    pub(crate) columns: BTreeMap<Field, String>,
    /// The value of each field where the file has no column or an empty cell.
    pub(crate) constants: BTreeMap<Field, String>,
}

impl Mapping {
    /// Reads the options' texts.
    pub(crate) fn parse(columns: &[String], constants: &[String]) -> Result<Self> {
        let mapping = Self {
            columns: pairs("--map", columns)?,
            constants: pairs("--const", constants)?,
        };
        for field in REQUIRED {
            if !mapping.has(field) {
                let name = field.name();
                bail!(
                    "nothing says what {name} is: add --map {name}=COLUMN or --const {name}=VALUE ({})",
                    field.meaning()
                );
            }
        }
        if mapping.has(Field::Cost) && !mapping.has(Field::Currency) {
            bail!("a cost needs a currency: add --const currency=USD or --map currency=COLUMN");
        }
        if mapping.has(Field::DurationSeconds) && mapping.has(Field::DurationMillis) {
            bail!("duration_seconds and duration_millis are the same thing: give one of them");
        }
        Ok(mapping)
    }

    /// Whether anything says what this field is.
    pub(crate) fn has(&self, field: Field) -> bool {
        self.columns.contains_key(&field) || self.constants.contains_key(&field)
    }
}

fn pairs(option: &str, texts: &[String]) -> Result<BTreeMap<Field, String>> {
    let mut pairs = BTreeMap::new();
    for text in texts {
        let (name, value) = text
            .split_once('=')
            .with_context(|| format!("{option} {text}: expected FIELD=VALUE"))?;
        let field = Field::ALL
            .iter()
            .copied()
            .find(|field| field.name() == name)
            .with_context(|| {
                let names: Vec<_> = Field::ALL.iter().map(|field| field.name()).collect();
                format!(
                    "{option} {text}: there is no field {name:?}; the fields are {}",
                    names.join(", ")
                )
            })?;
        if value.is_empty() {
            bail!("{option} {text}: nothing stands after the equals sign");
        }
        if pairs.insert(field, value.to_owned()).is_some() {
            bail!("{option} gives {name} twice");
        }
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(columns: &[&str], constants: &[&str]) -> Result<Mapping> {
        let owned = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        Mapping::parse(&owned(columns), &owned(constants))
    }

    #[test]
    fn columns_and_constants_are_told_apart() {
        let mapping = parse(&["opened_at=A=B"], &["agent_id=code", "trigger=api"]).unwrap();
        assert_eq!(mapping.columns[&Field::OpenedAt], "A=B");
        assert_eq!(mapping.constants[&Field::AgentId], "code");
        assert!(!mapping.has(Field::Model));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let base: &[&str] = &["opened_at=T"];
        let table: &[(&[&str], &[&str], &str)] = &[
            (&[], &[], "nothing says what opened_at is"),
            (base, &["trigger=api"], "nothing says what agent_id is"),
            (base, &["agent_id=a"], "nothing says what trigger is"),
            (&["opened=T"], &[], "there is no field \"opened\""),
            (&["opened_at"], &[], "expected FIELD=VALUE"),
            (&["opened_at="], &[], "nothing stands after"),
            (
                &["opened_at=T", "opened_at=U"],
                &[],
                "gives opened_at twice",
            ),
            (
                &["opened_at=T", "cost=C"],
                &["agent_id=a", "trigger=api"],
                "a cost needs a currency",
            ),
        ];
        for (columns, constants, expected) in table {
            let error = parse(columns, constants).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
