//! Who may read and write which documents.

use faultmaven_kit::{Actor, Ctx, Fault};

use crate::document::Scope;

const READ_SCOPE: &str = "knowledge:read";
const WRITE_SCOPE: &str = "knowledge:write";
/// The key of the documents that everybody reads.
const GLOBAL_KEY: &str = "global";

/// The documents a caller may see; without it the store answers nothing.
#[derive(Debug, Clone)]
pub(crate) struct ScopeFilter {
    user_id: String,
}

impl ScopeFilter {
    fn of(actor: &Actor) -> Self {
        Self {
            user_id: actor.user_id.clone(),
        }
    }

    /// Returns the key of the documents the caller has in `scope`.
    pub(crate) fn key(&self, scope: Scope) -> String {
        match scope {
            Scope::Personal => format!("user:{}", self.user_id),
            Scope::Global => GLOBAL_KEY.to_owned(),
        }
    }

    /// Returns the keys of all documents the caller may see.
    pub(crate) fn keys(&self) -> [String; 2] {
        [self.key(Scope::Personal), self.key(Scope::Global)]
    }
}

/// Returns the scope that documents under `key` have.
pub(crate) fn scope_of(key: &str) -> Scope {
    if key == GLOBAL_KEY {
        Scope::Global
    } else {
        Scope::Personal
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
        &self.filter.user_id
    }

    /// Fails unless the caller may write in `scope`.
    pub(crate) fn require(&self, scope: Scope) -> Result<(), Fault> {
        match scope {
            Scope::Personal => Ok(()),
            Scope::Global => self.writes_global.clone(),
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
