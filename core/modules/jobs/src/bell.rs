//! Wakes the workers of this process that wait for jobs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// One bell per module.
#[derive(Debug, Default)]
pub(crate) struct Bells(Mutex<HashMap<String, Arc<Notify>>>);

impl Bells {
    /// Returns the bell that rings when `module` may have work.
    pub(crate) fn of(&self, module: &str) -> Arc<Notify> {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(bells.entry(module.to_owned()).or_default())
    }

    /// Wakes every worker of `module` that waits now.
    pub(crate) fn ring(&self, module: &str) {
        let bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = bells.get(module) {
            bell.notify_waiters();
        }
    }
}
