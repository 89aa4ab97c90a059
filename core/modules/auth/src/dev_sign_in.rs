//! Sign-in by name alone, for development.

use faultmaven_kit::Ctx;

use crate::account::{Account, Origin, Profile, login_name};
use crate::audit::Outcome;
use crate::auth::{Auth, Credentials};
use crate::error::Error;
use crate::store::{EntryTicket, NewAccount};

impl Auth {
    /// Signs in to the account with the profile's name, which is made when there is none.
    pub(crate) async fn dev_login(
        &self,
        ctx: &Ctx,
        profile: Profile,
    ) -> Result<Credentials, Error> {
        self.expect_dev_login()?;
        let name = login_name(&profile.username);
        if let Some(account) = self.store.account_named(&name).await? {
            return self.dev_sign_in(ctx, account).await;
        }
        match self.dev_register(ctx, profile).await {
            // Somebody else made it meanwhile.
            Err(Error::NameTaken) => {
                let account = self.store.account_named(&name).await?;
                self.dev_sign_in(ctx, account.ok_or(Error::NameTaken)?)
                    .await
            }
            made => made,
        }
    }

    /// Makes an account without a password and signs it in.
    pub(crate) async fn dev_register(
        &self,
        ctx: &Ctx,
        profile: Profile,
    ) -> Result<Credentials, Error> {
        self.expect_dev_login()?;
        let (issue, tokens) = self.issue();
        let new = NewAccount {
            user_id: self.ids.uuid(),
            profile,
            password_hash: None,
            origin: Origin::Development,
            create_time: tokens.issue_time,
        };
        let entry_ticket = EntryTicket {
            admission: self.admission.for_development(),
            setup_token: String::new(),
            invitation: String::new(),
        };
        let account = self.store.register(new, entry_ticket, tokens).await?;
        let entry = self.entry(ctx, "auth.register", &account.user_id, Outcome::Ok);
        self.audit.record(entry.by(&account.user_id)).await;
        self.credentials(account, issue, None).await
    }

    async fn dev_sign_in(&self, ctx: &Ctx, account: Account) -> Result<Credentials, Error> {
        if !account.is_dev_user {
            return Err(Error::PasswordRequired);
        }
        let (issue, tokens) = self.issue();
        let account = self.store.sign_in(account.user_id, None, tokens).await?;
        let entry = self.entry(ctx, "auth.login", &account.user_id, Outcome::Ok);
        self.audit.record(entry.by(&account.user_id)).await;
        self.credentials(account, issue, None).await
    }

    fn expect_dev_login(&self) -> Result<(), Error> {
        match self.dev_login {
            true => Ok(()),
            false => Err(Error::DevLoginDisabled),
        }
    }
}
