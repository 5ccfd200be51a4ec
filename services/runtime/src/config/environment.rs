//! Where variables come from.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use secrecy::SecretString;

use super::{ConfigError, Problem, parse_duration};

/// A set of variables: the process's own, or those of a test. An empty variable counts as absent.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
}

impl Environment {
    /// The variables of this process; those that are not text are left out.
    pub fn process() -> Environment {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    /// The same variables with one more, or another value for one.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Environment {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// Whether a secret is set, by value or by file.
    pub fn has_secret(&self, name: &str) -> bool {
        self.get(name).is_some() || self.get(&file_variable(name)).is_some()
    }

    /// The text of a variable, or a default.
    pub fn text(&self, name: &str, default: &str) -> String {
        self.get(name).unwrap_or(default).to_owned()
    }

    /// A variable as something that is read from text.
    pub fn parse<T: FromStr>(
        &self,
        name: &str,
        expected: &'static str,
    ) -> Result<Option<T>, ConfigError> {
        self.get(name)
            .map(|value| {
                value
                    .parse()
                    .map_err(|_| ConfigError::invalid(name, value, expected))
            })
            .transpose()
    }

    /// A variable that is `true` or `false`; absence is `false`.
    pub fn flag(&self, name: &str) -> Result<bool, ConfigError> {
        Ok(self.parse(name, "true or false")?.unwrap_or(false))
    }

    /// A length of time such as `500ms`, `30s`, `15m` or `12h`.
    pub fn duration(&self, name: &str, default: Duration) -> Result<Duration, ConfigError> {
        match self.get(name) {
            None => Ok(default),
            Some(value) => parse_duration(value).ok_or_else(|| {
                ConfigError::invalid(
                    name,
                    value,
                    "a length of time such as 500ms, 30s, 15m or 12h",
                )
            }),
        }
    }

    /// The path that a variable names.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from)
    }

    /// A secret: the variable itself, or the content of the file that `<name>_FILE` names.
    pub fn secret(&self, name: &str) -> Result<Option<SecretString>, ConfigError> {
        let file = file_variable(name);
        match (self.get(name), self.path(&file)) {
            (Some(_), Some(_)) => Err(ConfigError::new(name, Problem::Twice)),
            (Some(value), None) => Ok(Some(SecretString::from(value))),
            (None, Some(path)) => {
                let content = std::fs::read_to_string(path)
                    .map_err(|source| ConfigError::new(&file, Problem::Unreadable(source)))?;
                match content.trim() {
                    "" => Err(ConfigError::new(
                        &file,
                        Problem::Missing("the file it names is empty"),
                    )),
                    secret => Ok(Some(SecretString::from(secret))),
                }
            }
            (None, None) => Ok(None),
        }
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Environment {
        Environment {
            variables: variables.into_iter().collect(),
        }
    }
}

impl std::fmt::Debug for Environment {
    /// Names only: values may be secret.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_set()
            .entries(self.variables.keys())
            .finish()
    }
}

fn file_variable(name: &str) -> String {
    format!("{name}_FILE")
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn empty_is_absent() {
        let environment = Environment::default().with("A", "  ").with("B", " x ");
        assert_eq!(
            (
                environment.get("A"),
                environment.get("B"),
                environment.get("C")
            ),
            (None, Some("x"), None)
        );
    }

    #[test]
    fn a_value_that_cannot_be_read_names_its_variable() {
        let environment = Environment::default()
            .with("COUNT", "many")
            .with("FLAG", "yes")
            .with("TIME", "5");
        let error = environment.parse::<u32>("COUNT", "a number").unwrap_err();
        assert_eq!(error.to_string(), "COUNT: \"many\" is not a number");
        assert_eq!(environment.flag("FLAG").unwrap_err().variable, "FLAG");
        assert_eq!(
            environment
                .duration("TIME", Duration::ZERO)
                .unwrap_err()
                .variable,
            "TIME"
        );
    }

    #[test]
    fn a_secret_comes_from_its_variable_or_its_file_and_is_never_shown() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "from a file\n").unwrap();
        let path = file.path().to_str().unwrap();
        let by_file = Environment::default().with("KEY_FILE", path);
        assert_eq!(
            by_file.secret("KEY").unwrap().unwrap().expose_secret(),
            "from a file"
        );
        let by_value = Environment::default().with("KEY", "by value");
        let secret = by_value.secret("KEY").unwrap();
        assert!(!format!("{secret:?} {by_value:?}").contains("by value"));
        let twice = by_file.clone().with("KEY", "x").secret("KEY").unwrap_err();
        assert!(matches!(twice.problem, Problem::Twice));
        let missing = Environment::default()
            .with("KEY_FILE", "/nowhere/at/all")
            .secret("KEY")
            .unwrap_err();
        assert!(
            missing.variable == "KEY_FILE" && matches!(missing.problem, Problem::Unreadable(_))
        );
        assert!(Environment::default().secret("KEY").unwrap().is_none());
    }
}
