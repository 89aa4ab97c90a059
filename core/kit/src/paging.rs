//! Page sizes and opaque page tokens.

use std::marker::PhantomData;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Fault;

/// Returns the page size to use: `default` for 0, at most `max`, a fault when negative.
pub fn page_size(requested: i32, default: u64, max: u64) -> Result<u64, Fault> {
    match u64::try_from(requested) {
        Ok(0) => Ok(default),
        Ok(size) => Ok(size.min(max)),
        Err(_) => Err(Fault::invalid("page_size", "must not be negative")),
    }
}

/// Turns a position in a list into an opaque token and back.
#[derive(Debug)]
pub struct PageToken<T>(PhantomData<T>);

impl<T: Serialize + DeserializeOwned> PageToken<T> {
    /// Returns the token for `position`.
    pub fn encode(position: &T) -> Result<String, Fault> {
        let json = serde_json::to_vec(position).map_err(|error| Fault::internal(&error))?;
        Ok(URL_SAFE_NO_PAD.encode(json))
    }

    /// Returns the position a token names; an empty token names the start.
    pub fn decode(token: &str) -> Result<Option<T>, Fault> {
        if token.is_empty() {
            return Ok(None);
        }
        URL_SAFE_NO_PAD
            .decode(token)
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok())
            .map(Some)
            .ok_or_else(foreign_page_token)
    }
}

/// Returns the fault for a page token that no answer held.
pub fn foreign_page_token() -> Fault {
    let problem = "is not a token this service gave out; send next_page_token as an answer held it, \
                   or leave it out for the first page";
    Fault::invalid("page_token", problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_as_the_position_it_was_made_of() {
        let position = (17_i64, "case_1".to_owned());
        let token = PageToken::encode(&position).unwrap();
        assert_eq!(
            PageToken::<(i64, String)>::decode(&token).unwrap(),
            Some(position)
        );
    }

    #[test]
    fn an_empty_token_is_the_start() {
        assert_eq!(PageToken::<u64>::decode("").unwrap(), None);
    }

    #[test]
    fn a_forged_token_names_its_field() {
        let fault = PageToken::<u64>::decode("%%%").unwrap_err();
        assert_eq!(fault.violations[0].field, "page_token");
    }

    #[test]
    fn page_sizes_are_defaulted_and_capped() {
        assert_eq!(page_size(0, 20, 100).unwrap(), 20);
        assert_eq!(page_size(500, 20, 100).unwrap(), 100);
        assert_eq!(page_size(7, 20, 100).unwrap(), 7);
        assert!(page_size(-1, 20, 100).is_err());
    }
}
