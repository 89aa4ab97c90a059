//! Which models are asked, in which order, and how much they may cost.

use std::num::NonZeroU32;
use std::time::Duration;

use faultmaven_kit::{Secret, is_loopback};
use faultmaven_llm::{ProviderConfig, Vendor};
use url::Url;

use super::{SettingError, Source, invalid};

const EMBEDDED: &str = "embedded";
const NAMES: &str = "embedded or openai or anthropic or ollama or openai_compatible";

/// Models and their limits.
#[derive(Debug, Clone)]
pub struct ModelSettings {
    /// `LLM_PROVIDER`, then `LLM_FALLBACK`; empty means the embedded analyst alone.
    pub providers: Vec<ProviderConfig>,
    /// `LLM_TIMEOUT_SECONDS`.
    pub timeout: Duration,
    /// `LLM_CONCURRENCY`.
    pub concurrency: NonZeroU32,
    /// `LLM_MONTHLY_BUDGET_USD`.
    pub month_usd: Option<f64>,
    /// `LLM_USER_MONTHLY_BUDGET_USD`.
    pub user_month_usd: Option<f64>,
    /// `LLM_CASE_BUDGET_USD`.
    pub case_usd: Option<f64>,
    /// `REDACTION`.
    pub redaction: bool,
}

/// What the settings of one vendor are called, and what holds without them.
struct Names {
    key: Option<&'static str>,
    url: &'static str,
    model: &'static str,
    default_url: Option<&'static str>,
    default_model: Option<&'static str>,
}

const OPENAI: Names = Names {
    key: Some("OPENAI_API_KEY"),
    url: "OPENAI_BASE_URL",
    model: "OPENAI_MODEL",
    default_url: Some("https://api.openai.com/v1"),
    default_model: Some("gpt-4.1"),
};

const VENDORS: [Vendor; 4] = [
    Vendor::OpenAi,
    Vendor::Anthropic,
    Vendor::Ollama,
    Vendor::OpenAiCompatible,
];

fn names(vendor: Vendor) -> Names {
    match vendor {
        Vendor::OpenAi => OPENAI,
        Vendor::OpenAiCompatible => Names {
            default_url: None,
            default_model: None,
            ..OPENAI
        },
        Vendor::Anthropic => Names {
            key: Some("ANTHROPIC_API_KEY"),
            url: "ANTHROPIC_BASE_URL",
            model: "ANTHROPIC_MODEL",
            default_url: Some("https://api.anthropic.com"),
            default_model: Some("claude-sonnet-4-5"),
        },
        Vendor::Ollama => Names {
            key: None,
            url: "OLLAMA_HOST",
            model: "OLLAMA_MODEL",
            default_url: Some("http://localhost:11434"),
            default_model: Some("llama3.1:8b"),
        },
    }
}

/// Returns whether calls without a key are refused anyway.
fn needs_key(vendor: Vendor) -> bool {
    matches!(vendor, Vendor::OpenAi | Vendor::Anthropic)
}

impl ModelSettings {
    pub(super) fn from_source(source: &Source, offline: bool) -> Result<Self, SettingError> {
        let vendors = vendors(source, offline)?;
        let first = vendors.first().copied();
        let providers = vendors
            .into_iter()
            .map(|vendor| provider(source, vendor, Some(vendor) == first))
            .collect::<Result<Vec<_>, _>>()?;
        if offline {
            refuse_remote(&providers)?;
        }
        let seconds: NonZeroU32 = source.required("LLM_TIMEOUT_SECONDS", "90")?;
        Ok(Self {
            providers,
            timeout: Duration::from_secs(seconds.get().into()),
            concurrency: source.required("LLM_CONCURRENCY", "8")?,
            month_usd: budget(source, "LLM_MONTHLY_BUDGET_USD")?,
            user_month_usd: budget(source, "LLM_USER_MONTHLY_BUDGET_USD")?,
            case_usd: budget(source, "LLM_CASE_BUDGET_USD")?,
            redaction: source.one_of("REDACTION", &[("on", true), ("off", false)])?,
        })
    }

    /// Returns the order in which answers are sought, in words.
    pub(crate) fn in_words(&self) -> String {
        let providers = self.providers.iter();
        let names = providers.map(|it| format!("{} ({})", it.vendor.name(), it.model));
        let names: Vec<String> = names.chain([EMBEDDED.to_owned()]).collect();
        names.join(", then ")
    }
}

/// Returns whose models to ask; a key alone chooses its vendor, unless nothing may leave.
fn vendors(source: &Source, offline: bool) -> Result<Vec<Vendor>, SettingError> {
    let has_key = |it: &Vendor| names(*it).key.is_some_and(|key| source.get(key).is_some());
    let keyed = VENDORS.into_iter().filter(|it| needs_key(*it));
    let first = match source.get("LLM_PROVIDER") {
        Some(name) => vendor("LLM_PROVIDER", name)?,
        None if offline => None,
        None => keyed.clone().find(has_key),
    };
    let mut vendors: Vec<Vendor> = first.into_iter().collect();
    for name in source.list("LLM_FALLBACK") {
        match vendor("LLM_FALLBACK", &name)? {
            Some(vendor) if vendors.contains(&vendor) => {
                let problem = format!("{name:?} is asked already");
                return Err(invalid("LLM_FALLBACK", problem, "anthropic,ollama"));
            }
            vendor => vendors.extend(vendor),
        }
    }
    Ok(vendors)
}

/// Returns the vendor of that name; the embedded analyst has none.
fn vendor(setting: &str, name: &str) -> Result<Option<Vendor>, SettingError> {
    if name.eq_ignore_ascii_case(EMBEDDED) {
        return Ok(None);
    }
    let vendor = VENDORS
        .into_iter()
        .find(|it| it.name().eq_ignore_ascii_case(name));
    match vendor {
        Some(vendor) => Ok(Some(vendor)),
        None => Err(invalid(setting, format!("{name:?} is not known"), NAMES)),
    }
}

fn provider(
    source: &Source,
    vendor: Vendor,
    is_first: bool,
) -> Result<ProviderConfig, SettingError> {
    let names = names(vendor);
    let key = names.key.and_then(|it| source.get(it)).map(Secret::new);
    if needs_key(vendor) && key.is_none() {
        let problem = format!("is needed for {}", vendor.name());
        let example = "the key that the vendor gave you";
        return Err(invalid(names.key.unwrap_or_default(), problem, example));
    }
    let shared = source.get("LLM_MODEL").filter(|_| is_first);
    let model = source.get(names.model).or(shared).or(names.default_model);
    let model = model.ok_or_else(|| {
        let problem = format!("is needed for {}", vendor.name());
        invalid(names.model, problem, "qwen3-32b")
    })?;
    Ok(ProviderConfig {
        vendor,
        base_url: base_url(source, &names)?,
        model: model.to_owned(),
        key,
        context_tokens: source.optional("LLM_MAX_CONTEXT_TOKENS", "32768")?,
    })
}

fn base_url(source: &Source, names: &Names) -> Result<Url, SettingError> {
    let text = source.get(names.url).or(names.default_url);
    let text = text.unwrap_or_default();
    // Ollama's own tools take addresses without a scheme.
    let text = match text.contains("://") || text.is_empty() {
        true => text.to_owned(),
        false => format!("http://{text}"),
    };
    let url = Url::parse(&text).ok();
    let url = url.filter(|it| matches!(it.scheme(), "http" | "https") && it.has_host());
    url.ok_or_else(|| {
        let problem = format!("{text:?} is no http or https address");
        let example = names.default_url.unwrap_or("http://localhost:8080/v1");
        invalid(names.url, problem, example)
    })
}

fn refuse_remote(providers: &[ProviderConfig]) -> Result<(), SettingError> {
    let mut numbered = providers.iter().enumerate();
    match numbered.find(|(_, it)| !is_local(&it.base_url)) {
        None => Ok(()),
        Some((index, remote)) => Err(invalid(
            if index == 0 {
                "LLM_PROVIDER"
            } else {
                "LLM_FALLBACK"
            },
            format!(
                "{} is elsewhere, which OFFLINE=true forbids",
                remote.vendor.name()
            ),
            EMBEDDED,
        )),
    }
}

/// Returns whether the address never leaves the machine.
pub(super) fn is_local(url: &Url) -> bool {
    url.host_str().is_some_and(is_loopback)
}

fn budget(source: &Source, name: &str) -> Result<Option<f64>, SettingError> {
    let usd: Option<f64> = source.optional(name, "50")?;
    match usd {
        Some(usd) if !usd.is_finite() || usd < 0.0 => Err(invalid(name, "must be 0 or more", "50")),
        usd => Ok(usd),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Result<ModelSettings, SettingError> {
        let source = Source::with(pairs.iter().copied());
        let offline = source.required("OFFLINE", "false")?;
        ModelSettings::from_source(&source, offline)
    }

    fn order(pairs: &[(&str, &str)]) -> String {
        settings(pairs).unwrap().in_words()
    }

    #[test]
    fn without_a_key_the_embedded_analyst_answers_alone() {
        assert_eq!(order(&[]), "embedded");
        assert_eq!(order(&[("LLM_PROVIDER", "embedded")]), "embedded");
    }

    #[test]
    fn the_first_provider_with_a_key_is_asked_unless_another_is_named() {
        let keys = [("ANTHROPIC_API_KEY", "k"), ("OPENAI_API_KEY", "k")];
        assert_eq!(order(&keys), "openai (gpt-4.1), then embedded");
        assert_eq!(
            order(&keys[..1]),
            "anthropic (claude-sonnet-4-5), then embedded"
        );
        let embedded = [keys[0], ("CHAT_PROVIDER", "embedded")];
        assert_eq!(order(&embedded), "embedded");
    }

    #[test]
    fn fallbacks_follow_in_order_with_their_own_models() {
        let pairs = [
            ("LLM_PROVIDER", "openai_compatible"),
            ("OPENAI_BASE_URL", "http://gpu:8080/v1"),
            ("LLM_MODEL", "qwen3"),
            ("LLM_FALLBACK", "ollama, embedded"),
            ("OLLAMA_HOST", "127.0.0.1:11434"),
        ];
        let settings = settings(&pairs).unwrap();
        assert_eq!(
            settings.in_words(),
            "openai_compatible (qwen3), then ollama (llama3.1:8b), then embedded"
        );
        let ollama = settings.providers[1].base_url.as_str();
        assert_eq!(ollama, "http://127.0.0.1:11434/");
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for (name, pairs) in [
            ("OPENAI_API_KEY", vec![("LLM_PROVIDER", "openai")]),
            ("LLM_PROVIDER", vec![("LLM_PROVIDER", "acme")]),
            (
                "LLM_FALLBACK",
                vec![("LLM_PROVIDER", "ollama"), ("LLM_FALLBACK", "ollama")],
            ),
            ("OPENAI_MODEL", vec![("LLM_PROVIDER", "openai_compatible")]),
            (
                "OPENAI_BASE_URL",
                vec![("LLM_PROVIDER", "openai_compatible"), ("LLM_MODEL", "m")],
            ),
            (
                "LLM_MONTHLY_BUDGET_USD",
                vec![("LLM_MONTHLY_BUDGET_USD", "-1")],
            ),
        ] {
            let error = settings(&pairs).unwrap_err().to_string();
            assert!(error.starts_with(name), "{error}");
        }
    }

    #[test]
    fn offline_refuses_what_is_elsewhere_and_ignores_keys() {
        let offline = ("OFFLINE", "true");
        let key = ("OPENAI_API_KEY", "k");
        assert_eq!(order(&[offline, key]), "embedded");
        let error = settings(&[offline, key, ("LLM_PROVIDER", "openai")]);
        let error = error.unwrap_err().to_string();
        assert!(
            error.starts_with("LLM_PROVIDER: openai is elsewhere"),
            "{error}"
        );
        let ollama = ("LLM_PROVIDER", "ollama");
        let error = settings(&[offline, key, ollama, ("LLM_FALLBACK", "openai")]);
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with("LLM_FALLBACK: openai"), "{error}");
        let local = order(&[offline, ollama]);
        assert_eq!(local, "ollama (llama3.1:8b), then embedded");
    }

    #[test]
    fn keys_are_not_shown() {
        let settings = settings(&[("OPENAI_API_KEY", "sk-secret")]).unwrap();
        assert!(!format!("{settings:?}").contains("sk-secret"));
    }
}
