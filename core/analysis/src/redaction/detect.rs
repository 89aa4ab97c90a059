//! Finds what is sensitive: one literal scan that hands over to rules, one pass over numbers.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};

use super::found::{Found, SensitiveSpan};
use super::{
    RedactionOptions, RedactorError, assignment, contact, hash, header, host, jwt, keys, numbers,
    pem, placeholder, url, vendor,
};

/// Compiled literals, each with the rule that it starts.
#[derive(Debug)]
pub(super) struct Detector {
    literals: AhoCorasick,
    rules: Vec<Rule>,
    options: RedactionOptions,
}

#[derive(Debug, Clone, Copy)]
enum Rule {
    Key,
    Authorization,
    Bearer,
    Cookie,
    Vendor(&'static vendor::VendorToken),
    Jwt,
    Hash,
    Pem,
    EncodedPem,
    UserInfo,
    Source,
    Oracle,
    Webhook,
    Email,
    HomePath,
    IdentifiedBy,
    Command,
}

const LITERALS: &[(&str, Rule)] = &[
    ("authorization", Rule::Authorization),
    ("bearer ", Rule::Bearer),
    ("cookie", Rule::Cookie),
    ("eyJ", Rule::Jwt),
    (pem::HEADER_ENDS[0], Rule::Pem),
    (pem::HEADER_ENDS[1], Rule::Pem),
    (pem::ENCODED_BEGIN, Rule::EncodedPem),
    ("://", Rule::UserInfo),
    ("@tcp(", Rule::Source),
    ("@unix(", Rule::Source),
    ("oracle:thin:", Rule::Oracle),
    ("@", Rule::Email),
    ("/home/", Rule::HomePath),
    ("/users/", Rule::HomePath),
    ("\\users\\", Rule::HomePath),
    ("identified by ", Rule::IdentifiedBy),
    (" -u ", Rule::Command),
    (" --user ", Rule::Command),
    ("sshpass -p ", Rule::Command),
];

impl Detector {
    pub(super) fn new(options: RedactionOptions) -> Result<Self, RedactorError> {
        let mut all: Vec<(&str, Rule)> = LITERALS.to_vec();
        all.extend(keys::PARTS.iter().map(|part| (*part, Rule::Key)));
        all.extend(
            vendor::TOKENS
                .iter()
                .map(|it| (it.prefix, Rule::Vendor(it))),
        );
        all.extend(url::WEBHOOKS.iter().map(|it| (*it, Rule::Webhook)));
        all.extend(hash::PREFIXES.iter().map(|it| (*it, Rule::Hash)));
        if options.hostnames {
            all.extend([("host", Rule::Key), ("server_name", Rule::Key)]);
        }
        let literals = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(all.iter().map(|(literal, _)| *literal))
            .map_err(|_| RedactorError::Literals)?;
        Ok(Self {
            literals,
            rules: all.into_iter().map(|(_, rule)| rule).collect(),
            options,
        })
    }

    /// Returns what is sensitive in a text of whole lines, in order of place, without overlap.
    pub(super) fn spans(&self, text: &str) -> Vec<SensitiveSpan> {
        let mut found = Found::new(text);
        let hostnames = self.options.hostnames;
        let mut key_end = 0;
        for hit in self.literals.find_overlapping_iter(text) {
            let (start, end) = (hit.start(), hit.end());
            match self.rules[hit.pattern().as_usize()] {
                Rule::Key if start < key_end => {}
                Rule::Key => key_end = assignment::take(&mut found, start, hostnames),
                rule => apply(&mut found, rule, start, end),
            }
        }
        numbers::take_all(&mut found);
        placeholder::take_all(&mut found);
        if hostnames {
            host::take_all(&mut found);
        }
        let mut spans = found.settle();
        if self.options.only_secrets {
            spans.retain(|span| span.kind.is_secret());
        }
        spans
    }
}

fn apply(found: &mut Found<'_>, rule: Rule, start: usize, end: usize) {
    match rule {
        Rule::Key => {}
        Rule::Authorization => header::take_authorization(found, end),
        Rule::Bearer => header::take_bearer(found, end),
        Rule::Cookie => header::take_cookie(found, end),
        Rule::Vendor(form) => vendor::take(found, start, form),
        Rule::Jwt => jwt::take(found, start),
        Rule::Hash => hash::take(found, start),
        Rule::Pem => pem::take(found, end),
        Rule::EncodedPem => pem::take_encoded(found, start),
        Rule::UserInfo => url::take_user_info(found, end),
        Rule::Source => url::take_source(found, start),
        Rule::Oracle => url::take_oracle(found, end),
        Rule::Webhook => url::take_webhook(found, end),
        Rule::Email => contact::take_email(found, start),
        Rule::HomePath => contact::take_user(found, start, end),
        Rule::IdentifiedBy => assignment::take_statement(found, end),
        Rule::Command => assignment::take_command(found, start, end),
    }
}
