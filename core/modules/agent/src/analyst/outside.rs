//! A service that others run and that fails, as far as the data point at one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use faultmaven_proto::evidence::v1::{
    Candidate, Check, Entity, Finding, Indication, IndicationStrength, Remedy, Severity,
};
use regex::Regex;

use super::candidates::{is_consequence, supports};
use super::change_order::preceding;
use super::failed_call;
use super::relevance::{TOGETHER, text_of};
use super::situation::Situation;
use crate::convert::moment;

/// The entry of the catalogue that says the same of hosts it knows by their domain.
const ENTRY: &str = "app.outside_service";
const INDICATIONS_MAX: usize = 4;
/// Names that end like this are one's own, whoever asks.
const OWN_ENDINGS: [&str; 14] = [
    "local",
    "internal",
    "svc",
    "lan",
    "corp",
    "intern",
    "intranet",
    "private",
    "localdomain",
    "localhost",
    "home",
    "cluster",
    "consul",
    "docker",
];
/// First parts of names that say nothing about who runs them.
const COMMON: [&str; 6] = ["api", "www", "gateway", "auth", "app", "web"];
static HOST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?:https?://|\b(?:server\.address|net\.peer\.name|peer\.service|http\.host)\\?"?[:= ]+\\?"?)([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)"#,
    )
    .ok()
});

/// Adds the outside service whose failure the errors name to the candidates.
pub(crate) fn add(situation: &mut Situation) {
    if let Some(outside) = candidate(situation) {
        let candidates = &mut situation.assessment.candidates;
        candidates.retain(|known| known.catalogue_id != outside.catalogue_id);
        candidates.push(outside);
    }
}

/// Returns the outside service whose failure the errors name, if they name one alone.
fn candidate(situation: &Situation) -> Option<Candidate> {
    let candidates = &situation.assessment.candidates;
    let is_known = candidates
        .iter()
        .any(|it| it.catalogue_id == ENTRY && it.indications.iter().any(supports));
    let named = named(situation);
    let (host, findings) = named.iter().next()?;
    if is_known || named.len() > 1 || has_own_reason(situation) {
        return None;
    }
    // Where something of one's own changed before, that may as well have cut the way there.
    let is_ours = !preceding(situation, situation.relevance()).is_empty();
    let strength = if is_ours {
        IndicationStrength::Indirect
    } else {
        IndicationStrength::Direct
    };
    let shown = findings.iter().take(INDICATIONS_MAX);
    let indications = shown.filter_map(|it| indication(it, strength)).collect();
    Some(outside(host, &how(findings), indications))
}

/// Outside hosts with the failed calls to them that belong to the problem.
fn named(situation: &Situation) -> BTreeMap<String, Vec<&Finding>> {
    let relevance = situation.relevance();
    let mut named: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
    let failed = situation.assessment.findings.iter().filter(|finding| {
        let id = &finding.catalogue_id;
        finding.severity() >= Severity::Error
            && finding.kind != "onset"
            && (id.is_empty() || failed_call::is_entry(id))
            && relevance.begins_with_it(finding)
            && relevance.sets_in_with_it(finding)
    });
    for finding in failed {
        let text = format!("{} {}", finding.statement, text_of(finding));
        if !failed_call::is_told_by(&text) || is_of_a_visitor(&text) {
            continue;
        }
        for host in hosts(&text, &situation.assessment.entities) {
            named.entry(host).or_default().push(finding);
        }
    }
    named
}

/// The log of a web server names the page that a visitor came from.
fn is_of_a_visitor(text: &str) -> bool {
    text.contains("HTTP/1.") || text.contains("HTTP/2") || text.contains("referrer:")
}

/// Returns whether an entry of the catalogue names a reason on one's own side.
fn has_own_reason(situation: &Situation) -> bool {
    let onset = situation.relevance().onset();
    let is_near = |found: &Indication| {
        let seen = moment(found.observed_from.as_ref());
        onset
            .zip(seen)
            .is_none_or(|(onset, seen)| (seen - onset).abs() <= TOGETHER)
    };
    situation.assessment.candidates.iter().any(|candidate| {
        let direct = |it: &&Indication| it.strength() == IndicationStrength::Direct;
        candidate.explains.is_empty()
            && candidate.severity() >= Severity::Error
            && !is_consequence(candidate)
            && candidate.indications.iter().filter(direct).any(is_near)
    })
}

/// The hosts of others that a text names.
fn hosts(text: &str, entities: &[Entity]) -> BTreeSet<String> {
    let Some(host) = HOST.as_ref() else {
        return BTreeSet::new();
    };
    let named = host.captures_iter(text).filter_map(|it| it.get(1));
    named
        .map(|it| it.as_str().to_lowercase())
        .filter(|host| is_outside(host, entities))
        .collect()
}

/// A name with a public ending that is neither a service of one's own nor under a domain of one's own.
fn is_outside(host: &str, entities: &[Entity]) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    let (Some(first), Some(last)) = (labels.first(), labels.last()) else {
        return false;
    };
    let is_public = last.len() >= 2
        && last.bytes().all(|it| it.is_ascii_alphabetic())
        && !labels.iter().any(|label| OWN_ENDINGS.contains(label));
    let is_service = |entity: &&Entity| {
        matches!(
            entity.kind.as_str(),
            "service" | "pod" | "deployment" | "container"
        )
    };
    let is_own = entities
        .iter()
        .filter(is_service)
        .any(|entity| !COMMON.contains(first) && entity.value.to_lowercase() == *first);
    let domain = labels[labels.len().saturating_sub(2)..].join(".");
    let of_domain = format!(".{domain}");
    let has_siblings = entities.iter().filter(|it| it.kind == "host").any(|it| {
        let other = it.value.to_lowercase();
        other != host && other.ends_with(&of_domain)
    });
    is_public && !is_own && !has_siblings
}

/// How the calls fail, in a few words.
fn how(findings: &[&Finding]) -> String {
    const WORDS: [(&str, &str); 6] = [
        ("timed out", "timed out"),
        ("timeout", "timed out"),
        ("refused", "connection refused"),
        ("reset", "connection reset"),
        ("unreachable", "unreachable"),
        ("unavailable", "unavailable"),
    ];
    let mut told: Vec<String> = Vec::new();
    for finding in findings {
        let text = format!("{} {}", finding.statement, text_of(finding)).to_lowercase();
        let status = text
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .find(|word| ["500", "502", "503", "504"].contains(word));
        told.extend(status.map(|status| format!("status {status}")));
        let said = WORDS.iter().find(|(word, _)| text.contains(word));
        told.extend(said.map(|(_, said)| (*said).to_owned()));
    }
    let mut seen = BTreeSet::new();
    told.retain(|it| seen.insert(it.clone()));
    match told.is_empty() {
        true => "it does not answer".to_owned(),
        false => told.join(", "),
    }
}

fn indication(finding: &Finding, strength: IndicationStrength) -> Option<Indication> {
    Some(Indication {
        strength: strength.into(),
        statement: finding.statement.clone(),
        signature: finding.signature.clone(),
        observed_from: finding.first_seen,
        observed_to: finding.last_seen,
        count: finding.count,
        citation: Some(finding.citations.first()?.clone()),
    })
}

fn outside(host: &str, how: &str, indications: Vec<Indication>) -> Candidate {
    Candidate {
        catalogue_id: ENTRY.to_owned(),
        kind: "cause".to_owned(),
        title: format!("The outside service {host} fails"),
        statement: format!("The outside service {host} fails: {how}"),
        category: "external".to_owned(),
        mechanism: format!(
            "The program needs an answer of {host}, which a third party runs; without it the request fails."
        ),
        does_not_prove: "It does not tell their outage from a network that lets nothing out."
            .to_owned(),
        indications,
        checks: vec![Check {
            title: format!("Asks {host} from here; compare its status page."),
            command: format!(
                "curl -sS -o /dev/null -w '%{{http_code}} %{{time_total}}\\n' https://{host}/"
            ),
            ..Default::default()
        }],
        remedy: Some(Remedy {
            title: "Do without it until it is back".to_owned(),
            body: format!(
                "Look at the status page of {host} and ask it from here and from elsewhere; answer with a fallback or queue the work; limit time and number of attempts."
            ),
            rollback: "Remove the fallback.".to_owned(),
            risks: "Medium. What the service would have done is left out or comes late.".to_owned(),
            ..Default::default()
        }),
        severity: Severity::Error.into(),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::evidence::v1::FileCitation;

    use super::*;

    fn failing(quote: &str) -> Finding {
        Finding {
            kind: "error_signature".to_owned(),
            severity: Severity::Error.into(),
            signature: quote.to_owned(),
            count: 30,
            citations: vec![FileCitation {
                quote: quote.to_owned(),
                ..Default::default()
            }],
            ..Default::default()
        }
    }

    fn situation(quotes: &[&str]) -> Situation {
        let mut situation = Situation::default();
        situation.assessment.findings = quotes.iter().map(|quote| failing(quote)).collect();
        situation
    }

    #[test]
    fn one_failing_host_of_others_is_a_cause() {
        let situation = situation(&[
            "quote failed: status 503 (https://api.geo.example/v3/quotes)",
            "quote failed: Net::ReadTimeout (https://api.geo.example/v3/quotes)",
        ]);
        let found = candidate(&situation).unwrap();
        assert_eq!(
            found.statement,
            "The outside service api.geo.example fails: status 503, timed out"
        );
        assert_eq!(found.category, "external");
        assert_eq!(found.indications.len(), 2);
        let direct = |it: &Indication| it.strength() == IndicationStrength::Direct;
        assert!(found.indications.iter().all(direct));
    }

    #[test]
    fn own_hosts_and_many_hosts_are_no_outside_service() {
        for quotes in [
            &["503 from http://stock.shop.svc.cluster.local:8080/levels"][..],
            &[
                "timeout https://api.geo.example/a",
                "timeout https://pay.bank.example/b",
            ],
            &[
                "timeout in com.shop.Client",
                "panic: https://api.geo.example",
            ],
        ] {
            assert!(candidate(&situation(quotes)).is_none(), "{quotes:?}");
        }
        let mut own = situation(&["503 from https://orders.shop.example/levels"]);
        own.assessment.entities.push(Entity {
            kind: "service".to_owned(),
            value: "orders".to_owned(),
            ..Default::default()
        });
        assert!(candidate(&own).is_none());
    }

    #[test]
    fn a_reason_of_ones_own_comes_first() {
        let mut situation = situation(&["503 from https://api.geo.example/v3"]);
        let mut pool = outside("x", "timed out", Vec::new());
        pool.catalogue_id = "jvm.pool_exhausted".to_owned();
        pool.indications.extend(indication(
            &failing("pool exhausted"),
            IndicationStrength::Direct,
        ));
        situation.assessment.candidates.push(pool);
        assert!(candidate(&situation).is_none());
    }
}
