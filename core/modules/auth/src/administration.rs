//! What administrators do with the accounts of others.

use faultmaven_kit::db::{Once, Receipt};
use faultmaven_kit::{Ctx, Role};
use faultmaven_proto::auth::v1 as pb;

use crate::account::{self, Account, Origin, Profile};
use crate::auth::Auth;
use crate::error::Error;
use crate::store::{AccountChange, NewAccount};

const CREATE: &str = "auth.user_create";
const LIST: &str = "auth.user_list";
const CHANGE: &str = "auth.user_change";

impl Auth {
    /// Creates an account for somebody else.
    pub(crate) async fn create_account(
        &self,
        ctx: &Ctx,
        receipt: Option<Receipt>,
        profile: Profile,
        password: String,
        role: Role,
    ) -> Result<Once<pb::CreateUserResponse>, Error> {
        self.administrator(ctx, CREATE).await?;
        account::check_new_password("password", &password)?;
        let new = NewAccount {
            user_id: self.ids.uuid(),
            profile,
            password_hash: Some(self.passwords.hash(password).await?),
            origin: Origin::Person,
            create_time: self.clock.now(),
        };
        let user_id = new.user_id.clone();
        let created = self.store.create_account(receipt, new, role).await?;
        if !created.replayed {
            self.note(ctx, CREATE, &user_id).await;
        }
        Ok(created)
    }

    /// Returns accounts by name.
    pub(crate) async fn accounts(
        &self,
        ctx: &Ctx,
        after: Option<(String, String)>,
        limit: u64,
    ) -> Result<Vec<Account>, Error> {
        self.administrator(ctx, LIST).await?;
        self.store.accounts(after, limit).await
    }

    /// Changes role or state of an account.
    pub(crate) async fn change_account(
        &self,
        ctx: &Ctx,
        user_id: String,
        change: AccountChange,
    ) -> Result<Account, Error> {
        self.administrator(ctx, CHANGE).await?;
        let now = self.clock.now();
        let account = self.store.change_account(user_id, change, now).await?;
        self.note(ctx, CHANGE, &account.user_id).await;
        Ok(account)
    }
}
