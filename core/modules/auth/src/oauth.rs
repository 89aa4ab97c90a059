//! OAuth 2.1: which client may ask for what, and where the answer may go.

use std::collections::BTreeMap;

use faultmaven_kit::text::optional_text;
use url::Url;

use crate::error::Error;
use crate::{pkce, scope};

mod actions;

pub(crate) use actions::CodeGrant;

/// The browser extension, the one client there is.
const COPILOT: &str = "faultmaven-copilot";
const COPILOT_NAME: &str = "FaultMaven Copilot";
const STATE_MAX: usize = 1_024;
const EXTENSION_ID_LETTERS: usize = 32;

/// A request for authorization, as the client wrote it.
pub(crate) struct Application {
    pub(crate) response_type: String,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) scope: String,
    pub(crate) state: String,
    pub(crate) code_challenge: String,
    pub(crate) code_challenge_method: String,
}

/// A request for authorization that may be granted.
#[derive(Debug)]
pub(crate) struct Authorization {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) state: String,
    pub(crate) code_challenge: String,
}

/// What goes back to the client.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) redirect_to: String,
    pub(crate) state: String,
    /// Empty beside an error.
    pub(crate) code: String,
    /// Empty beside a code.
    pub(crate) error: &'static str,
    pub(crate) error_description: String,
}

/// The clients and where they may be answered.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    redirect_addresses: Vec<String>,
}

impl Clients {
    /// Returns the rules with further redirect addresses besides those of browser extensions.
    pub(crate) fn new(redirect_addresses: Vec<String>) -> Self {
        Self { redirect_addresses }
    }

    /// Returns the name to show for a client.
    pub(crate) fn name(&self) -> &'static str {
        COPILOT_NAME
    }

    /// Fails unless the client is known.
    pub(crate) fn expect(&self, client_id: &str) -> Result<(), Error> {
        match client_id {
            COPILOT => Ok(()),
            _ => Err(Error::InvalidClient),
        }
    }

    /// Returns what may be granted, or the refusal that the client is told.
    ///
    /// Client and redirect address are judged first: without them nobody may be sent anywhere.
    pub(crate) fn judge(
        &self,
        application: Application,
    ) -> Result<Result<Authorization, Answer>, Error> {
        self.expect(&application.client_id)?;
        if !self.is_redirect_address(&application.redirect_uri) {
            let problem =
                "must be the address of a browser extension or one of OAUTH_REDIRECT_URIS";
            return Err(Error::InvalidRequest("redirect_uri", problem));
        }
        let state = optional_text("state", &application.state, STATE_MAX)?.unwrap_or_default();
        let refused = |error, description| {
            Ok(Err(refusal(
                &application.redirect_uri,
                &state,
                error,
                description,
            )))
        };
        if application.response_type != "code" {
            return refused("unsupported_response_type", "response_type must be code");
        }
        if application.code_challenge_method != "S256" {
            return refused("invalid_request", "code_challenge_method must be S256");
        }
        if !pkce::is_challenge(&application.code_challenge) {
            let description = "code_challenge must be a SHA-256 in base64url, 43 characters long";
            return refused("invalid_request", description);
        }
        let Some(scopes) = scope::parse_granted(&application.scope) else {
            let description = "scope names something that a client cannot be given";
            return refused("invalid_scope", description);
        };
        Ok(Ok(Authorization {
            client_id: application.client_id,
            redirect_uri: application.redirect_uri,
            scopes,
            state,
            code_challenge: application.code_challenge,
        }))
    }

    fn is_redirect_address(&self, address: &str) -> bool {
        is_extension_address(address) || self.redirect_addresses.iter().any(|it| it == address)
    }
}

impl Authorization {
    /// Returns the answer that carries a code.
    pub(crate) fn granted(&self, code: String) -> Answer {
        let query = BTreeMap::from([("code", code.as_str()), ("state", &self.state)]);
        Answer {
            redirect_to: with_query(&self.redirect_uri, query),
            state: self.state.clone(),
            code,
            ..Answer::default()
        }
    }

    /// Returns the answer of a user who said no.
    pub(crate) fn declined(&self) -> Answer {
        let description = "the user declined";
        refusal(
            &self.redirect_uri,
            &self.state,
            "access_denied",
            description,
        )
    }
}

fn refusal(
    redirect_uri: &str,
    state: &str,
    error: &'static str,
    description: &'static str,
) -> Answer {
    let query = BTreeMap::from([
        ("error", error),
        ("error_description", description),
        ("state", state),
    ]);
    Answer {
        redirect_to: with_query(redirect_uri, query),
        state: state.to_owned(),
        error,
        error_description: description.to_owned(),
        ..Answer::default()
    }
}

/// Returns the address with parameters that are not empty; it was checked, so it parses.
fn with_query(address: &str, query: BTreeMap<&str, &str>) -> String {
    let Ok(mut url) = Url::parse(address) else {
        return address.to_owned();
    };
    url.query_pairs_mut()
        .extend_pairs(query.iter().filter(|(_, value)| !value.is_empty()));
    url.into()
}

/// Returns whether an address is the one that a browser reserves for an extension.
fn is_extension_address(address: &str) -> bool {
    let Some(host) = address
        .strip_prefix("https://")
        .and_then(|rest| rest.strip_suffix('/'))
    else {
        return false;
    };
    if let Some(id) = host.strip_suffix(".chromiumapp.org") {
        return id.len() == EXTENSION_ID_LETTERS && id.bytes().all(|b| (b'a'..=b'p').contains(&b));
    }
    host.strip_suffix(".extensions.allizom.org")
        .is_some_and(is_uuid)
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "https://abcdefghijklmnopabcdefghijklmnop.chromiumapp.org/";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn application() -> Application {
        Application {
            response_type: "code".to_owned(),
            client_id: COPILOT.to_owned(),
            redirect_uri: ADDRESS.to_owned(),
            scope: "openid cases:read".to_owned(),
            state: "s t&1".to_owned(),
            code_challenge: CHALLENGE.to_owned(),
            code_challenge_method: "S256".to_owned(),
        }
    }

    fn clients() -> Clients {
        Clients::new(vec!["http://127.0.0.1:9/cb?x=1".to_owned()])
    }

    fn judged(
        change: impl FnOnce(&mut Application),
    ) -> Result<Result<Authorization, Answer>, Error> {
        let mut application = application();
        change(&mut application);
        clients().judge(application)
    }

    #[test]
    fn only_addresses_of_extensions_and_configured_ones_are_answered() {
        for address in [
            ADDRESS,
            "https://0b9d7a4e-2f60-4a7f-8f39-1f7d2a6c5b11.extensions.allizom.org/",
            "http://127.0.0.1:9/cb?x=1",
        ] {
            let judged = judged(|it| it.redirect_uri = address.to_owned());
            assert!(judged.unwrap().is_ok(), "{address}");
        }
        for address in [
            "",
            "https://abcdefghijklmnopabcdefghijklmnop.chromiumapp.org",
            "http://abcdefghijklmnopabcdefghijklmnop.chromiumapp.org/",
            "https://abcdefghijklmnopabcdefghijklmnoz.chromiumapp.org/",
            "https://abcdefghijklmnop.chromiumapp.org/",
            "https://evil.example/abcdefghijklmnopabcdefghijklmnop.chromiumapp.org/",
            "https://abcdefghijklmnopabcdefghijklmnop.chromiumapp.org.evil.example/",
            "https://abcdefghijklmnopabcdefghijklmnop.chromiumapp.org/../",
            "https://user@abcdefghijklmnopabcdefghijklmnop.chromiumapp.org/",
            "https://0b9d7a4e2f604a7f8f391f7d2a6c5b11.extensions.allizom.org/",
            "http://127.0.0.1:9/cb",
        ] {
            let judged = judged(|it| it.redirect_uri = address.to_owned());
            assert!(
                matches!(judged, Err(Error::InvalidRequest("redirect_uri", _))),
                "{address}"
            );
        }
    }

    #[test]
    fn an_unknown_client_is_sent_nowhere() {
        let judged = judged(|it| it.client_id = "somebody".to_owned());
        assert!(matches!(judged, Err(Error::InvalidClient)));
    }

    #[test]
    fn the_client_is_told_what_else_is_wrong() {
        type Mistake = fn(&mut Application);
        let wrong: [(Mistake, &str); 4] = [
            (
                |it| it.response_type = "token".to_owned(),
                "unsupported_response_type",
            ),
            (
                |it| it.code_challenge_method = "plain".to_owned(),
                "invalid_request",
            ),
            (|it| it.code_challenge.clear(), "invalid_request"),
            (|it| it.scope = "admin".to_owned(), "invalid_scope"),
        ];
        for (change, error) in wrong {
            let refusal = judged(change).unwrap().unwrap_err();
            assert_eq!(refusal.error, error);
            let expected = format!("{ADDRESS}?error={error}&error_description=");
            assert!(refusal.redirect_to.starts_with(&expected), "{refusal:?}");
            assert!(
                refusal.redirect_to.ends_with("&state=s+t%261"),
                "{refusal:?}"
            );
        }
    }

    #[test]
    fn code_and_state_go_back_in_the_query() {
        let authorization = judged(|_| ()).unwrap().unwrap();
        let answer = authorization.granted("c1".to_owned());
        assert_eq!(
            answer.redirect_to,
            format!("{ADDRESS}?code=c1&state=s+t%261")
        );
        let configured = judged(|it| {
            it.redirect_uri = "http://127.0.0.1:9/cb?x=1".to_owned();
            it.state.clear();
        });
        let answer = configured.unwrap().unwrap().granted("c1".to_owned());
        assert_eq!(answer.redirect_to, "http://127.0.0.1:9/cb?x=1&code=c1");
    }

    #[test]
    fn a_user_may_decline() {
        let answer = judged(|_| ()).unwrap().unwrap().declined();
        assert_eq!((answer.error, answer.code.as_str()), ("access_denied", ""));
    }
}
