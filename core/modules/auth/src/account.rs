//! Accounts: what they are called, what they may do, which passwords they accept.

use chrono::{DateTime, Utc};
use faultmaven_kit::text::{checked_text, optional_text};
use faultmaven_kit::{Fault, Role};

const NAME_MIN: usize = 3;
const NAME_MAX: usize = 50;
const EMAIL_MAX: usize = 254;
const DISPLAY_NAME_MAX: usize = 100;
const PASSWORD_MIN: usize = 8;
/// Hashing takes time that grows with the length, so nobody may choose it freely.
const PASSWORD_MAX_BYTES: usize = 1_024;

/// A person with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) user_id: String,
    pub(crate) username: String,
    /// Empty when the account has none.
    pub(crate) email: String,
    pub(crate) email_verified: bool,
    pub(crate) display_name: String,
    pub(crate) role: Role,
    pub(crate) state: State,
    pub(crate) is_dev_user: bool,
    pub(crate) is_built_in: bool,
    pub(crate) create_time: DateTime<Utc>,
    pub(crate) last_login_time: Option<DateTime<Utc>>,
}

impl Account {
    /// Returns whether the account holds up the installation: somebody can sign in and administer.
    pub(crate) fn is_active_admin(&self) -> bool {
        self.role == Role::Admin && self.state == State::Active
    }
}

/// How an account came about, which decides how one signs in to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Somebody registered or was registered.
    Person,
    /// Development sign-in made it; its name alone signs in.
    Development,
    /// It is the user of an installation without sign-in.
    BuiltIn,
}

/// Whether an account may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Active,
    Pending,
    Disabled,
}

impl State {
    /// Returns the name that is stored.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Disabled => "disabled",
        }
    }

    /// Returns the state with this name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Active, Self::Pending, Self::Disabled]
            .into_iter()
            .find(|state| state.as_str() == name)
    }
}

/// Who somebody wants to be: checked, not yet stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) username: String,
    /// Empty for none.
    pub(crate) email: String,
    pub(crate) display_name: String,
}

impl Profile {
    /// Returns the profile that these texts describe, or a fault naming the wrong one.
    pub(crate) fn parse(username: &str, email: &str, display_name: &str) -> Result<Self, Fault> {
        let username = parse_username(username)?;
        let email = match parse_email(email)? {
            none if none.is_empty() && username.contains('@') => username.clone(),
            email => email,
        };
        let display_name = optional_text("display_name", display_name, DISPLAY_NAME_MAX)?;
        Ok(Self {
            display_name: display_name.unwrap_or_else(|| username.clone()),
            username,
            email,
        })
    }

    /// Returns the names one can sign in with, in their stored form and without repetition.
    pub(crate) fn login_names(&self) -> Vec<String> {
        let mut names = vec![login_name(&self.username)];
        if !self.email.is_empty() {
            names.push(login_name(&self.email));
        }
        names.dedup();
        names
    }
}

/// Returns the form in which a name or an e-mail address is compared.
pub(crate) fn login_name(typed: &str) -> String {
    typed.trim().to_lowercase()
}

/// Fails unless `password` may protect an account.
pub(crate) fn check_new_password(field: &str, password: &str) -> Result<(), Fault> {
    if password.chars().count() < PASSWORD_MIN {
        let limit = format!("must have at least {PASSWORD_MIN} characters");
        return Err(Fault::invalid(field, limit));
    }
    if !is_possible_password(password) {
        let limit = format!("must have at most {PASSWORD_MAX_BYTES} bytes");
        return Err(Fault::invalid(field, limit));
    }
    Ok(())
}

/// Returns whether any account can have this password, by its length alone.
pub(crate) fn is_possible_password(password: &str) -> bool {
    password.len() <= PASSWORD_MAX_BYTES
}

/// Returns the address, empty for none, or a fault when it is no address.
pub(crate) fn parse_email(email: &str) -> Result<String, Fault> {
    match optional_text("email", email, EMAIL_MAX)? {
        Some(email) if is_email(&email) => Ok(email),
        Some(_) => Err(Fault::invalid("email", "must be an e-mail address")),
        None => Ok(String::new()),
    }
}

fn parse_username(username: &str) -> Result<String, Fault> {
    let username = checked_text("username", username, EMAIL_MAX)?;
    let is_name = (NAME_MIN..=NAME_MAX).contains(&username.len())
        && username
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    if is_name || is_email(&username) {
        return Ok(username);
    }
    Err(Fault::invalid(
        "username",
        format!(
            "must be {NAME_MIN} to {NAME_MAX} of A-Z, a-z, 0-9, '.', '_', '-', or an e-mail address"
        ),
    ))
}

/// Returns whether `text` has the shape of an address; only mail that arrives proves more.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let is_plain = |c: char| !(c.is_control() || c.is_whitespace() || "\"(),:;<>@[\\]".contains(c));
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    !local.is_empty()
        && local.chars().count() <= 64
        && local.chars().all(is_plain)
        && domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_three_to_fifty_plain_characters() {
        for name in ["ada", "Ada.Lovelace_1-2", &"a".repeat(50)] {
            assert_eq!(Profile::parse(name, "", "").unwrap().username, name);
        }
        for name in [
            "",
            "ab",
            &"a".repeat(51),
            "a b c",
            "ädä",
            "a/b/c",
            "a\u{202e}bc",
        ] {
            let fault = Profile::parse(name, "", "").unwrap_err();
            assert_eq!(fault.violations[0].field, "username", "{name}");
        }
    }

    #[test]
    fn a_name_that_is_an_address_is_also_the_address() {
        let profile = Profile::parse(" Ada@Example.org ", "", "").unwrap();
        assert_eq!(profile.email, "Ada@Example.org");
        assert_eq!(profile.login_names(), ["ada@example.org"]);
    }

    #[test]
    fn name_and_address_both_sign_in() {
        let profile = Profile::parse("Ada", "ADA@example.org", "  ").unwrap();
        assert_eq!(profile.login_names(), ["ada", "ada@example.org"]);
        assert_eq!(profile.display_name, "Ada");
    }

    #[test]
    fn an_address_has_one_at_sign_and_a_domain() {
        for email in ["a@b", "first.last+tag@mail.example.org", "jörg@exämple.de"] {
            assert!(is_email(email), "{email}");
        }
        for email in [
            "@b", "a@", "a b@c", "a@b..c", "a@-b", "a@b@c", "a<b@c", "a@b/c",
        ] {
            assert!(!is_email(email), "{email}");
        }
    }

    #[test]
    fn a_password_has_at_least_eight_characters_and_at_most_1024_bytes() {
        assert!(check_new_password("password", "pässwörd").is_ok());
        assert!(check_new_password("password", &"x".repeat(1_024)).is_ok());
        let short = check_new_password("password", "pässwör").unwrap_err();
        assert!(short.message.contains("8 characters"));
        let long = check_new_password("new_password", &"x".repeat(1_025)).unwrap_err();
        assert_eq!(long.violations[0].field, "new_password");
    }

    #[test]
    fn states_keep_their_names() {
        for state in [State::Active, State::Pending, State::Disabled] {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
        assert_eq!(State::parse("gone"), None);
    }
}
