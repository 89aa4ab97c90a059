//! Names of users in the lines of programs that let people in.

use std::sync::LazyLock;

use regex::Regex;

use crate::template::MASK;

/// A name as it stands in a masked message, whole or cut by a mask.
const NAME: &str = r"((?:[\w.@\\$+-]|<\*>)+)";

/// What stands around the name of a user; `NAME` takes its place.
const PLACES: [&str; 10] = [
    r"(?i)\b(?:failed|accepted|postponed|partial) (?:password|none|publickey|hostbased|gssapi\S*|keyboard-interactive\S*|certificate) for (?:(?:invalid|illegal) user )?NAME(?: from\b|\[|$)",
    r"(?i)\b(?:invalid|illegal|authenticating|disconnected from|disconnected by) user NAME(?: from\b| port\b| <\*>| \[|$)",
    r"(?i)\bsession (?:opened|closed) for user NAME",
    r"^NAME : (?:TTY=|PWD=|user NOT in sudoers|command not allowed|a password is required|<\*> incorrect password)",
    r"\bnew user: name=NAME",
    r"\b(?:delete user|(?:lock|unlock|change) user|add) '(<\*>)'",
    r"\bpassword changed for NAME",
    r"\bexceeded for (?:invalid user )?NAME from\b",
    r"\bUser NAME from \S+ not allowed\b",
    r#"(?i)\buser ["'](<\*>)["']"#,
];

static EXPRESSIONS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let compiled = PLACES
        .iter()
        .map(|it| Regex::new(&it.replace("NAME", NAME)));
    compiled.filter_map(Result::ok).collect()
});

/// Words that stand in the place of a name that is missing.
const NO_NAMES: [&str; 6] = ["from", "name", "id", "or", "port", "unknown"];

/// How the lines of a form tell of a user.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Named {
    /// The same one in all lines.
    Always(Box<str>),
    /// A parameter, with the letters in front of it and behind it.
    Parameter {
        slot: usize,
        before: usize,
        after: usize,
    },
}

impl Named {
    /// Reads where a masked message names a user.
    pub(crate) fn of(masked: &str) -> Option<Self> {
        let hint = ["user", "User", "USER", "TTY=", "PWD=", " for ", "add '"];
        if !hint.iter().any(|it| masked.contains(it)) {
            return None;
        }
        let place = EXPRESSIONS
            .iter()
            .find_map(|it| it.captures(masked)?.get(1))?;
        let name = place.as_str();
        match name.find(MASK) {
            Some(before) => Some(Self::Parameter {
                slot: masked[..place.start() + before].matches(MASK).count(),
                before,
                after: name.len() - before - MASK.len(),
            }),
            None if NO_NAMES.contains(&name) => None,
            None => Some(Self::Always(name.into())),
        }
    }

    /// Returns the name in a message whose parameters stand at `params`.
    pub(crate) fn value<'a>(&'a self, message: &'a str, params: &[(u32, u32)]) -> Option<&'a str> {
        match *self {
            Self::Always(ref name) => Some(name),
            Self::Parameter {
                slot,
                before,
                after,
            } => {
                let (start, end) = *params.get(slot)?;
                let start = (start as usize).checked_sub(before)?;
                message.get(start..end as usize + after)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Masker;

    fn user(message: &str) -> Option<String> {
        let mut masker = Masker::default();
        masker.mask(message);
        let named = Named::of(&masker.text)?;
        named.value(message, &masker.params).map(ToOwned::to_owned)
    }

    #[test]
    fn users_are_read_off_sign_in_and_account_lines() {
        for (message, expected) in [
            (
                "Failed password for root from 10.0.0.7 port 4100 ssh2",
                "root",
            ),
            (
                "Failed password for invalid user test1 from 10.0.0.7 port 4100 ssh2",
                "test1",
            ),
            (
                "Accepted publickey for deploy from 10.0.0.7 port 4100 ssh2: RSA SHA256:x",
                "deploy",
            ),
            ("Invalid user oracle from 10.0.0.7 port 4100", "oracle"),
            (
                "Connection closed by invalid user admin 10.0.0.7 port 22 [preauth]",
                "admin",
            ),
            (
                "pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)",
                "alice",
            ),
            (
                "  bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/bin/sh",
                "bob",
            ),
            (
                "new user: name=eve, UID=1001, GID=1001, home=/home/eve",
                "eve",
            ),
            ("add 'eve' to group 'sudo'", "eve"),
            ("password authentication failed for user \"app\"", "app"),
            (
                "User carol from 10.0.0.7 not allowed because not listed in AllowUsers",
                "carol",
            ),
        ] {
            assert_eq!(user(message).as_deref(), Some(expected), "{message}");
        }
    }

    #[test]
    fn prose_names_nobody() {
        for message in [
            "Invalid user from 10.0.0.7 port 4100",
            "failed lookup for example from cache",
            "the user was not found",
            "waiting for user input",
        ] {
            assert_eq!(user(message), None, "{message}");
        }
    }
}
