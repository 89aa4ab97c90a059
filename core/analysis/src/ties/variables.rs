//! Variables that programs miss, beside the environments they are given.

use std::sync::LazyLock;

use regex::Regex;

use super::{Cause, Heard, Known, Tie, bare, is_near};
use crate::citation::Citation;
use crate::clues::Environment;
use crate::finding::Severity;

/// Forms in which programs name a variable they miss.
static MISSED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    const NAME: &str =
        r#"["'`]?\$?\{?([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[A-Z][A-Z0-9]{3,})\b\}?["'`]?"#;
    let forms = [
        r"KeyError: {NAME}".to_owned(),
        r"(?i:environment variables?|env(?:ironment)? vars?|env)(?i: named| called)?[\s:=]+{NAME}".to_owned(),
        r"(?i:missing|required|unset|undefined|not set|not found|unable to find|could not find|no value for)(?i:[\s:]+(?:the|required|mandatory|key|config(?:uration)?|setting|property|value|variable|environment variables?|env(?:ironment)? vars?|env|option|parameter|for|in))*[\s:=]+{NAME}".to_owned(),
        r"{NAME}(?i:[\s:]+(?:environment|env|variable|var|is|was|has|been|must|be|the|value|config))*[\s:]+(?i:not set|not defined|not provided|not found|not configured|missing|required|undefined|unset|empty|must be set|be set)".to_owned(),
        r"(?i:could not resolve placeholder) '([\w.\-]+)'".to_owned(),
    ];
    let forms = forms.iter().map(|form| form.replace("{NAME}", NAME));
    forms.filter_map(|form| Regex::new(&form).ok()).collect()
});

/// Positions of the forms that speak of a variable by that word, and of a property.
const ENVIRONMENT: usize = 1;
const PLACEHOLDER: usize = 4;
/// Variables that every process has.
const OF_SYSTEM: [&str; 8] = [
    "PATH", "HOME", "USER", "SHELL", "LANG", "TMPDIR", "HOSTNAME", "PWD",
];

/// Returns workloads that do not set a variable which their program misses.
pub(super) fn ties(known: &Known<'_>) -> Vec<Tie> {
    let mut ties: Vec<Tie> = Vec::new();
    for heard in &known.heard {
        let Some(name) = missed(heard) else {
            continue;
        };
        if let Some(tie) = of_workload(known, heard, &name).or_else(|| of_file(known, heard, &name))
        {
            let same = ties
                .iter_mut()
                .find(|it| it.file == tie.file && it.finding.signature == tie.finding.signature);
            match same {
                Some(same) => same.finding.count += tie.finding.count,
                None => ties.push(tie),
            }
        }
    }
    ties
}

fn missed(heard: &Heard<'_>) -> Option<String> {
    let text = &heard.complaint.text;
    MISSED.iter().enumerate().find_map(|(at, form)| {
        let name = form.captures(text)?.get(1)?.as_str();
        // Words in capitals, and keys of other tables, are seldom written so.
        let is_told = at == ENVIRONMENT || at == PLACEHOLDER || text.contains("environ");
        let is_clear = !OF_SYSTEM.contains(&name) && (name.contains('_') || is_told);
        is_clear.then(|| name.to_owned())
    })
}

fn of_workload(known: &Known<'_>, heard: &Heard<'_>, name: &str) -> Option<Tie> {
    let all = &known.environments;
    let variable = as_variable(name);
    let own: Vec<&(usize, &Environment)> = all
        .iter()
        .filter(|(_, it)| heard.is_of(&it.object))
        .collect();
    let candidates: Vec<&(usize, &Environment)> = if own.is_empty() {
        all.iter().collect()
    } else {
        own.clone()
    };
    let sets = |it: &Environment| it.names.iter().any(|(known, _)| *known == variable);
    if candidates.iter().any(|(_, it)| sets(it)) {
        return None;
    }
    let near = candidates.iter().find_map(|(file, environment)| {
        let mut names = environment.names.iter();
        let near = names.find(|(known, _)| is_near(known, &variable))?;
        Some((*file, *environment, near))
    });
    if let Some((file, environment, (misspelt, place))) = near {
        let statement = format!(
            "{} sets {misspelt}, while its program reads {variable}",
            environment.object
        );
        return Some(cause(heard, environment, file, place, statement));
    }
    // Codes of errors are written like variables.
    let speaks_of_it = ["env", "config", "placeholder"];
    let is_clear = speaks_of_it.iter().any(|word| heard.lower.contains(word));
    let (file, environment) = own.first().filter(|(_, it)| is_clear && !it.open)?;
    let statement = format!(
        "{} does not set {variable}, which its program reads",
        environment.object
    );
    Some(cause(
        heard,
        environment,
        *file,
        &environment.place,
        statement,
    ))
}

/// A property such as `shop.payment-url` is set by `SHOP_PAYMENT_URL`.
fn as_variable(name: &str) -> String {
    name.to_ascii_uppercase().replace('-', "").replace('.', "_")
}

fn cause(
    heard: &Heard<'_>,
    environment: &Environment,
    file: usize,
    place: &Citation,
    statement: String,
) -> Tie {
    let name = bare(&environment.object);
    Cause {
        id: Some("config.variable_missing"),
        severity: Severity::Error,
        statement,
        component: crate::pod_name::bare(name).to_owned(),
        file,
        place,
        heard: vec![heard],
    }
    .tie()
}

/// A file of settings that has a misspelt name.
fn of_file(known: &Known<'_>, heard: &Heard<'_>, name: &str) -> Option<Tie> {
    let plain = || {
        known
            .settings
            .iter()
            .filter(|(_, it)| it.object.is_empty() || it.object.starts_with("configmap/"))
    };
    if plain().any(|(_, it)| it.key == name) {
        return None;
    }
    let (file, setting) = plain().find(|(_, it)| is_near(&it.key, name))?;
    let statement = format!(
        "{} sets {}, while the program reads {name}",
        super::holder(&setting.object, known.offers[*file].name),
        setting.key
    );
    let cause = Cause {
        id: Some("config.variable_missing"),
        severity: Severity::Error,
        statement,
        component: heard.speaker().unwrap_or_default().to_owned(),
        file: *file,
        place: &setting.citation,
        heard: vec![heard],
    };
    Some(cause.tie())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_that_is_missed_is_found() {
        let name = |text: &str| {
            MISSED
                .iter()
                .find_map(|form| Some(form.captures(text)?.get(1)?.as_str().to_owned()))
        };
        for text in [
            "KeyError: 'PAYMENT_URL'",
            "environment variable PAYMENT_URL is not set",
            "missing required config PAYMENT_URL",
            "Missing required environment variable: PAYMENT_URL",
            "PAYMENT_URL environment variable must be set",
            "required key PAYMENT_URL missing value",
            "PAYMENT_URL is not defined",
        ] {
            assert_eq!(name(text).as_deref(), Some("PAYMENT_URL"), "{text}");
        }
        for text in [
            "request to HTTP failed",
            "the value is missing",
            "GET /cart 404 not found",
        ] {
            assert_eq!(name(text), None, "{text}");
        }
    }
}
