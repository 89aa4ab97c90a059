//! Settings as they are shown to people: by topic, without secrets.

use super::{Settings, Source};

/// Worth seeing although nobody changed them.
const ALWAYS: [&str; 11] = [
    "ENVIRONMENT",
    "HOST",
    "PORT",
    "PUBLIC_URL",
    "DATA_DIR",
    "DATABASE_URL",
    "STORAGE_PATH",
    "LLM_PROVIDER",
    "AUTH_REQUIRED",
    "REGISTRATION",
    "LOG_LEVEL",
];

/// Settings that belong together.
#[derive(Debug)]
pub(crate) struct Topic {
    /// The heading.
    pub(crate) name: &'static str,
    /// The settings in the order of the defaults.
    pub(crate) settings: Vec<Shown>,
}

/// One setting.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The name of the variable.
    pub(crate) name: String,
    /// The value in force, masked when it is secret.
    pub(crate) value: String,
    /// Whether somebody set it to another value than the default.
    pub(crate) is_changed: bool,
}

/// Returns the settings that matter or were changed, or all of them.
pub(crate) fn topics(source: &Source, settings: Option<&Settings>, all: bool) -> Vec<Topic> {
    let defaults = Source::with([]);
    let mut topics = Vec::new();
    for (name, keys) in Source::topics() {
        let shown = keys.iter().map(|key| Shown {
            value: value(key, source, settings),
            is_changed: source.get(key) != defaults.get(key),
            name: key.clone(),
        });
        let settings: Vec<Shown> = shown
            .filter(|it| all || it.is_changed || ALWAYS.contains(&it.name.as_str()))
            .collect();
        if !settings.is_empty() {
            topics.push(Topic { name, settings });
        }
    }
    topics
}

fn value(name: &str, source: &Source, settings: Option<&Settings>) -> String {
    match (source.get(name), settings) {
        (Some(value), _) => masked(name, value),
        (None, Some(settings)) => derived(name, settings).unwrap_or_else(not_set),
        (None, None) => not_set(),
    }
}

fn not_set() -> String {
    "(not set)".to_owned()
}

/// Returns what is in force when the setting is empty.
fn derived(name: &str, settings: &Settings) -> Option<String> {
    let storage = &settings.storage;
    match name {
        "PUBLIC_URL" => Some(settings.server.public_url.clone()),
        "STORAGE_PATH" => Some(storage.uploads_dir.display().to_string()),
        "DATABASE_URL" => {
            let file = storage.database.file_path().ok()??;
            Some(format!("sqlite://{}", file.display()))
        }
        "LLM_PROVIDER" => Some(settings.models.in_words()),
        "MODULES" => Some("all of them and the gateway".to_owned()),
        _ => None,
    }
}

fn masked(name: &str, value: &str) -> String {
    if ["_SECRET", "_PASSWORD", "_KEY", "_TOKEN"]
        .iter()
        .any(|end| name.ends_with(end))
    {
        return "***".to_owned();
    }
    match value.split_once("://").zip(value.rsplit_once('@')) {
        Some(((scheme, _), (_, host))) => format!("{scheme}://***@{host}"),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pairs: &[(&str, &str)], all: bool) -> Vec<String> {
        let source = Source::with(pairs.iter().copied());
        let settings = Settings::from_source(&source).ok();
        topics(&source, settings.as_ref(), all)
            .into_iter()
            .flat_map(|topic| topic.settings)
            .map(|it| {
                format!(
                    "{}{} = {}",
                    if it.is_changed { "*" } else { "" },
                    it.name,
                    it.value
                )
            })
            .collect()
    }

    #[test]
    fn secrets_are_masked() {
        assert_eq!(masked("JWT_SECRET", "abc"), "***");
        assert_eq!(masked("AWS_SECRET_ACCESS_KEY", "abc"), "***");
        assert_eq!(
            masked("DATABASE_URL", "postgres://fm:pw@db/fm"),
            "postgres://***@db/fm"
        );
        assert_eq!(masked("PORT", "8000"), "8000");
    }

    #[test]
    fn only_what_matters_or_was_changed_is_shown() {
        let shown = lines(&[("JWT_EXPIRY_MINUTES", "60")], false);
        assert!(shown.contains(&"*JWT_EXPIRY_MINUTES = 60".to_owned()));
        assert!(shown.contains(&"DATABASE_URL = sqlite://./data/faultmaven.db".to_owned()));
        assert_eq!(shown.len(), ALWAYS.len() + 1);
        assert!(
            !shown.iter().any(|line| line.contains("not set")),
            "{shown:?}"
        );
    }

    #[test]
    fn every_setting_has_a_topic() {
        let table: toml::Table = include_str!("../default.toml").parse().unwrap();
        assert_eq!(lines(&[], true).len(), table.len());
    }

    #[test]
    fn settings_that_are_refused_are_shown_all_the_same() {
        let shown = lines(&[("PORT", "eighty")], false);
        assert!(shown.contains(&"*PORT = eighty".to_owned()));
    }
}
