//! What an API token may be limited to.

use faultmaven_kit::Fault;

/// The scope that keeps an administrator's rights.
pub(crate) const ADMIN: &str = "admin";

const SCOPES: [&str; 7] = [
    "cases:read",
    "cases:write",
    "evidence:read",
    "knowledge:read",
    "knowledge:write",
    "reports:write",
    ADMIN,
];

/// What says who somebody is and gives no right.
const OPENID: [&str; 3] = ["openid", "profile", "email"];
/// What the browser extension asks for.
pub(crate) const COPILOT: &str =
    "openid profile email cases:read cases:write knowledge:read evidence:read";

/// Returns the scopes without repetition in their usual order, or a fault naming an unknown one.
pub(crate) fn parse(requested: &[String]) -> Result<Vec<String>, Fault> {
    if let Some(unknown) = requested.iter().find(|scope| !SCOPES.contains(&&***scope)) {
        let known = SCOPES.join(", ");
        let problem = format!("{unknown:?} is not a scope; the scopes are {known}");
        return Err(Fault::invalid("scopes", problem));
    }
    if requested.is_empty() {
        let known = SCOPES.join(", ");
        let problem = format!("must name at least one of {known}");
        return Err(Fault::invalid("scopes", problem));
    }
    let wanted = SCOPES
        .iter()
        .filter(|scope| requested.iter().any(|name| name == *scope));
    Ok(wanted.map(|scope| (*scope).to_owned()).collect())
}

/// Returns the scopes that a client may be given; none when it may not be given one of them.
///
/// Nothing asked for means what the browser extension needs; the scopes of OpenID are granted and
/// give no right.
pub(crate) fn parse_granted(requested: &str) -> Option<Vec<String>> {
    let mut wanted = split(requested);
    if wanted.is_empty() {
        wanted = split(COPILOT);
    }
    if !wanted.iter().all(|scope| is_grantable(scope)) {
        return None;
    }
    wanted.sort_unstable();
    wanted.dedup();
    Some(wanted)
}

fn is_grantable(scope: &str) -> bool {
    OPENID.contains(&scope) || (SCOPES.contains(&scope) && scope != ADMIN)
}

/// Returns the stored form of scopes.
pub(crate) fn join(scopes: &[String]) -> String {
    scopes.join(" ")
}

/// Returns the scopes that were stored.
pub(crate) fn split(stored: &str) -> Vec<String> {
    stored.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(scopes: &[&str]) -> Vec<String> {
        scopes.iter().map(|scope| (*scope).to_owned()).collect()
    }

    #[test]
    fn scopes_are_kept_once_and_in_order() {
        let scopes = parse(&names(&["cases:write", "cases:read", "cases:write"])).unwrap();
        assert_eq!(scopes, ["cases:read", "cases:write"]);
        assert_eq!(split(&join(&scopes)), scopes);
    }

    #[test]
    fn a_client_gets_the_rights_of_a_person_but_not_of_an_administrator() {
        assert_eq!(
            parse_granted("openid cases:read cases:read").unwrap(),
            ["cases:read", "openid"]
        );
        assert_eq!(parse_granted(" ").unwrap().len(), 7);
        for refused in ["openid admin", "cases:*"] {
            assert_eq!(parse_granted(refused), None);
        }
    }

    #[test]
    fn an_unknown_or_missing_scope_is_named() {
        let fault = parse(&names(&["cases:read", "cases:*"])).unwrap_err();
        assert!(fault.message.contains("cases:*"), "{}", fault.message);
        assert!(parse(&[]).unwrap_err().message.contains("reports:write"));
    }
}
