//! Where settings come from: defaults, file, `.env` and environment, later ones winning.

use std::collections::BTreeMap;
use std::path::Path;

use super::SettingValue;
use super::absent::{self, Ignored};

const DEFAULTS: &str = include_str!("../default.toml");
const FILE_NAME: &str = "faultmaven.toml";

/// Older spellings and the name they stand for.
const ALIASES: [(&str, &str); 4] = [
    ("FILE_STORAGE_PATH", "STORAGE_PATH"),
    ("VECTOR_PROVIDER", "VECTOR_DB_PROVIDER"),
    ("VECTOR_STORE", "VECTOR_DB_PROVIDER"),
    ("CHAT_PROVIDER", "LLM_PROVIDER"),
];

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    /// A value that does not parse or breaks a rule.
    #[error("{name}: {problem}; an accepted value is {example}")]
    Invalid {
        /// The variable.
        name: String,
        /// What is wrong with its value.
        problem: String,
        /// A value that would do.
        example: String,
    },
    /// A key of the settings file that nobody knows.
    #[error("{FILE_NAME}: unknown key {key:?}; the nearest known key is {nearest:?}")]
    UnknownKey {
        /// The key as written.
        key: String,
        /// The known key that looks most like it.
        nearest: String,
    },
    /// A file that cannot be read.
    #[error("{path}: {problem}")]
    UnreadableFile {
        /// The file.
        path: String,
        /// What went wrong.
        problem: String,
    },
}

/// Settings by upper-case name, merged from every source.
#[derive(Debug, Clone)]
pub struct Source {
    values: BTreeMap<String, String>,
    ignored: Vec<Ignored>,
}

impl Source {
    /// Returns the settings of this process: files of the working directory and its environment.
    pub fn of_process() -> Result<Self, SettingError> {
        let mut source = Self::defaults();
        source.merge(read_settings_file(Path::new(FILE_NAME), &source)?);
        source.merge(read_env_file(Path::new(".env"))?);
        source.merge(std::env::vars());
        Ok(source)
    }

    /// Returns the defaults with `settings` on top, for embedding and tests.
    pub fn with<'a>(settings: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut source = Self::defaults();
        source.merge(
            settings
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        source
    }

    /// Puts one setting on top of what is there.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.values.insert(name.to_owned(), value.into());
    }

    /// Returns settings that are set and belong to providers which this version does not have.
    pub fn ignored(&self) -> &[Ignored] {
        &self.ignored
    }

    /// Returns the value of `name`, unless it is not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// Returns the parsed value of `name`, unless it is not set.
    pub fn optional<T: SettingValue>(
        &self,
        name: &str,
        example: &str,
    ) -> Result<Option<T>, SettingError> {
        let refused = |value| invalid(name, format!("{value:?} is not {}", T::ACCEPTED), example);
        self.get(name)
            .map(|value| value.parse().map_err(|_| refused(value)))
            .transpose()
    }

    /// Returns the parsed value of `name`, which must be set.
    pub fn required<T: SettingValue>(&self, name: &str, example: &str) -> Result<T, SettingError> {
        self.optional(name, example)?
            .ok_or_else(|| invalid(name, "is empty".to_owned(), example))
    }

    /// Returns which of `words` the value of `name` is, ignoring case.
    pub fn one_of<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<T, SettingError> {
        let value = self.get(name).unwrap_or_default();
        words
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(value))
            .map(|(_, meaning)| *meaning)
            .ok_or_else(|| {
                let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                invalid(name, format!("{value:?} is not known"), &names.join(" or "))
            })
    }

    /// Returns the comma-separated values of `name`.
    pub fn list(&self, name: &str) -> Vec<String> {
        self.get(name)
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// Returns the names of all settings below the headings that the defaults give them.
    pub(super) fn topics() -> Vec<(&'static str, Vec<String>)> {
        let mut topics = vec![("Program", Vec::new())];
        for line in DEFAULTS.lines() {
            let heading = line.strip_prefix("# --- ");
            if let Some(heading) = heading.and_then(|rest| rest.strip_suffix(" ---")) {
                topics.push((heading, Vec::new()));
            } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#'))
                && let Some((_, names)) = topics.last_mut()
            {
                names.push(key.to_uppercase());
            }
        }
        topics
    }

    fn defaults() -> Self {
        // The file is compiled in and a test parses it.
        let table: toml::Table = DEFAULTS.parse().unwrap_or_default();
        Self {
            values: flatten(&table).collect(),
            ignored: Vec::new(),
        }
    }

    fn merge(&mut self, layer: impl IntoIterator<Item = (String, String)>) {
        for (name, value) in layer {
            let name = canonical(&name);
            if value.trim().is_empty() {
                continue;
            }
            if self.values.contains_key(name) {
                self.values.insert(name.to_owned(), value);
            } else if let Some(ignored) = absent::find(name)
                && !self.ignored.contains(&ignored)
            {
                self.ignored.push(ignored);
            }
        }
    }
}

/// Returns the error for a value that breaks a rule.
pub fn invalid(name: &str, problem: impl Into<String>, example: &str) -> SettingError {
    SettingError::Invalid {
        name: name.to_owned(),
        problem: problem.into(),
        example: example.to_owned(),
    }
}

fn canonical(name: &str) -> &str {
    ALIASES
        .iter()
        .find(|(alias, _)| *alias == name)
        .map_or(name, |(_, name)| *name)
}

fn read_settings_file(path: &Path, known: &Source) -> Result<Vec<(String, String)>, SettingError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(path, &error)),
    };
    let table: toml::Table = text.parse().map_err(|error| unreadable(path, &error))?;
    let settings: Vec<_> = flatten(&table).collect();
    match settings
        .iter()
        .find(|(name, _)| !known.values.contains_key(canonical(name)))
    {
        Some((name, _)) => Err(unknown_key(name, known)),
        None => Ok(settings),
    }
}

fn read_env_file(path: &Path) -> Result<Vec<(String, String)>, SettingError> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    dotenvy::from_path_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| unreadable(path, &error))
}

fn flatten(table: &toml::Table) -> impl Iterator<Item = (String, String)> {
    table.iter().map(|(key, value)| {
        let value = match value {
            toml::Value::String(text) => text.clone(),
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(flag) => flag.to_string(),
            toml::Value::Array(items) => comma_separated(items),
            // Refused later by whoever reads the setting, which names it.
            toml::Value::Float(_) | toml::Value::Datetime(_) | toml::Value::Table(_) => {
                "(not a text, number, flag or list)".to_owned()
            }
        };
        (key.to_uppercase(), value)
    })
}

fn comma_separated(items: &[toml::Value]) -> String {
    let texts: Vec<&str> = items.iter().filter_map(toml::Value::as_str).collect();
    texts.join(",")
}

fn unknown_key(name: &str, known: &Source) -> SettingError {
    let nearest = known
        .values
        .keys()
        .max_by(|left, right| {
            let similarity = |key: &str| strsim::jaro_winkler(key, name);
            similarity(left).total_cmp(&similarity(right))
        })
        .map(|key| key.to_lowercase())
        .unwrap_or_default();
    SettingError::UnknownKey {
        key: name.to_lowercase(),
        nearest,
    }
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> SettingError {
    SettingError::UnreadableFile {
        path: path.display().to_string(),
        problem: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_parse() {
        let table: toml::Table = DEFAULTS.parse().unwrap();
        assert_eq!(table["port"].as_str(), Some("8000"));
    }

    #[test]
    fn an_older_spelling_sets_the_new_name() {
        let source = Source::with([("FILE_STORAGE_PATH", "/srv/files")]);
        assert_eq!(source.get("STORAGE_PATH"), Some("/srv/files"));
    }

    #[test]
    fn an_unknown_variable_is_ignored() {
        let source = Source::with([("PATH", "/bin")]);
        assert_eq!(source.get("PATH"), None);
    }

    #[test]
    fn a_bad_value_names_variable_problem_and_example() {
        let source = Source::with([("PORT", "eighty")]);
        let error = source.required::<u16>("PORT", "8000").unwrap_err();
        assert_eq!(
            error.to_string(),
            "PORT: \"eighty\" is not a whole number from 0 to 65535; an accepted value is 8000"
        );
    }

    #[test]
    fn a_misspelt_key_is_told_the_nearest_one() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE_NAME);
        std::fs::write(&path, "databse_url = \"sqlite:x\"\n").unwrap();
        let error = read_settings_file(&path, &Source::defaults()).unwrap_err();
        assert!(error.to_string().contains("\"database_url\""), "{error}");
    }
}
