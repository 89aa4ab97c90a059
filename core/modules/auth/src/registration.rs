//! Who may create an account without an administrator.

use faultmaven_kit::Role;

use crate::error::Error;
use crate::secret;

/// Who may create an account; the first one is always accepted and becomes administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Registration {
    /// The first person only.
    #[default]
    FirstUser,
    /// Everybody.
    Open,
    /// People with an invitation.
    Invite,
    /// Nobody.
    Closed,
}

/// The rule for new accounts.
#[derive(Clone)]
pub(crate) struct Admission {
    registration: Registration,
    setup_token: Option<String>,
}

impl Admission {
    /// Returns the rule; a setup token guards the first account only.
    pub(crate) fn new(registration: Registration, setup_token: Option<String>) -> Self {
        Self {
            registration,
            setup_token,
        }
    }

    /// Returns the rule for development sign-in, which lets everybody in.
    pub(crate) fn for_development(&self) -> Self {
        Self::new(Registration::Open, self.setup_token.clone())
    }

    /// Returns the role of a new account, or why there will be none; whether its invitation is
    /// good is asked when it is used.
    pub(crate) fn admit(
        &self,
        is_first: bool,
        setup_token: &str,
        invitation: &str,
    ) -> Result<Role, Error> {
        if !is_first {
            return match self.remedy() {
                None => Ok(Role::Member),
                Some(_) if self.accepts_invitations() && !invitation.is_empty() => Ok(Role::Member),
                Some(remedy) => Err(Error::RegistrationClosed { remedy }),
            };
        }
        match &self.setup_token {
            Some(expected) if !secret::is_same(setup_token, expected) => {
                Err(Error::InvalidSetupToken)
            }
            _ => Ok(Role::Admin),
        }
    }

    /// Returns whether anybody may create an account now.
    pub(crate) fn is_open(&self, is_first: bool) -> bool {
        is_first || self.remedy().is_none()
    }

    /// Returns whether an invitation lets somebody create an account.
    pub(crate) fn accepts_invitations(&self) -> bool {
        matches!(self.registration, Registration::Invite | Registration::Open)
    }

    /// Returns whether the next account needs the setup token.
    pub(crate) fn needs_setup_token(&self, is_first: bool) -> bool {
        is_first && self.setup_token.is_some()
    }

    fn remedy(&self) -> Option<&'static str> {
        match self.registration {
            Registration::Open => None,
            Registration::FirstUser | Registration::Closed => {
                Some("ask an administrator for an account")
            }
            Registration::Invite => Some("ask an administrator for an invitation"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Registration; 4] = [
        Registration::FirstUser,
        Registration::Open,
        Registration::Invite,
        Registration::Closed,
    ];

    #[test]
    fn the_first_account_is_an_administrator_whatever_the_setting() {
        for registration in ALL {
            let admission = Admission::new(registration, None);
            assert_eq!(admission.admit(true, "", "").unwrap(), Role::Admin);
            assert!(admission.is_open(true));
        }
    }

    #[test]
    fn only_open_registration_admits_the_others() {
        for registration in ALL {
            let admission = Admission::new(registration, None);
            let is_open = registration == Registration::Open;
            assert_eq!(admission.admit(false, "", "").is_ok(), is_open);
            assert_eq!(admission.is_open(false), is_open);
        }
    }

    #[test]
    fn an_invitation_lets_somebody_in_where_registration_is_by_invitation() {
        for registration in ALL {
            let admission = Admission::new(registration, None);
            let lets_in = matches!(registration, Registration::Invite | Registration::Open);
            assert_eq!(admission.admit(false, "", "secret").is_ok(), lets_in);
            assert_eq!(admission.accepts_invitations(), lets_in);
        }
    }

    #[test]
    fn the_setup_token_guards_the_first_account_and_no_other() {
        let admission = Admission::new(Registration::Open, Some("secret".to_owned()));
        assert!(matches!(
            admission.admit(true, "guess", ""),
            Err(Error::InvalidSetupToken)
        ));
        assert_eq!(admission.admit(true, "secret", "").unwrap(), Role::Admin);
        assert_eq!(admission.admit(false, "", "").unwrap(), Role::Member);
        assert!(admission.needs_setup_token(true) && !admission.needs_setup_token(false));
    }
}
