//! Who may read and write which documents.

use faultmaven_kit::{Actor, Ctx, Fault};

use crate::document::{Scope, Selection};
use crate::error::Error;

const READ_SCOPE: &str = "knowledge:read";
const WRITE_SCOPE: &str = "knowledge:write";
/// The key of the documents that everybody reads.
const GLOBAL_KEY: &str = "global";
const TEAM_PREFIX: &str = "team:";

/// The documents a caller may see; without it the store answers nothing.
#[derive(Debug, Clone)]
pub(crate) struct ScopeFilter {
    user_id: String,
    keys: Vec<String>,
}

impl ScopeFilter {
    fn of(actor: &Actor) -> Self {
        let user_id = actor.user_id.clone();
        let teams = actor.team_ids.iter().map(|id| team_key(id));
        let keys = [personal_key(&user_id)].into_iter().chain(teams);
        Self {
            keys: keys.chain([GLOBAL_KEY.to_owned()]).collect(),
            user_id,
        }
    }

    /// Returns the key of the documents the caller has in `scope`.
    pub(crate) fn key(&self, scope: &Scope) -> String {
        match scope {
            Scope::Personal => personal_key(&self.user_id),
            Scope::Team(team_id) => team_key(team_id),
            Scope::Global => GLOBAL_KEY.to_owned(),
        }
    }

    /// Returns who asks.
    pub(crate) fn user_id(&self) -> &str {
        &self.user_id
    }

    /// Returns the keys of all documents the caller may see.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.keys.clone()
    }

    /// Leaves the documents that are wanted; fails for a team that the caller is not in.
    pub(crate) fn only(mut self, selection: &Selection) -> Result<Self, Error> {
        match selection {
            Selection::All => {}
            Selection::Teams => self.keys.retain(|key| key.starts_with(TEAM_PREFIX)),
            Selection::One(scope) => {
                let wanted = self.key(scope);
                self.require(scope)?;
                self.keys.retain(|key| *key == wanted);
            }
        }
        Ok(self)
    }

    /// Fails for a team that the caller is not in, as if there were none.
    fn require(&self, scope: &Scope) -> Result<(), Error> {
        if self.keys.contains(&self.key(scope)) {
            Ok(())
        } else {
            Err(Error::TeamNotFound)
        }
    }
}

fn personal_key(user_id: &str) -> String {
    format!("user:{user_id}")
}

fn team_key(team_id: &str) -> String {
    format!("{TEAM_PREFIX}{team_id}")
}

/// Returns the scope that documents under `key` have.
pub(crate) fn scope_of(key: &str) -> Scope {
    if key == GLOBAL_KEY {
        return Scope::Global;
    }
    match key.strip_prefix(TEAM_PREFIX) {
        Some(team_id) => Scope::Team(team_id.to_owned()),
        None => Scope::Personal,
    }
}

/// A caller who may change documents.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    pub(crate) filter: ScopeFilter,
    writes_global: Result<(), Fault>,
}

impl Writer {
    /// Returns who owns what the caller writes.
    pub(crate) fn user_id(&self) -> &str {
        self.filter.user_id()
    }

    /// Fails unless the caller may write in `scope`.
    pub(crate) fn require(&self, scope: &Scope) -> Result<(), Error> {
        match scope {
            Scope::Personal | Scope::Team(_) => self.filter.require(scope),
            Scope::Global => Ok(self.writes_global.clone()?),
        }
    }
}

/// Returns what the caller may read.
pub(crate) fn reader(ctx: &Ctx) -> Result<ScopeFilter, Fault> {
    let actor = ctx.actor()?.require_scope(READ_SCOPE)?;
    Ok(ScopeFilter::of(actor))
}

/// Returns the caller as one who may write.
pub(crate) fn writer(ctx: &Ctx) -> Result<Writer, Fault> {
    let actor = ctx.actor()?.require_scope(WRITE_SCOPE)?;
    actor.require_member("change documents")?;
    Ok(Writer {
        filter: ScopeFilter::of(actor),
        writes_global: actor.require_admin("write global documents").map(|_| ()),
    })
}
