//! Names that the parts of a diff give to what they create.

use std::collections::BTreeMap;

use crate::drop_reason::DropReason;

/// What became of each name: an id, or nothing because its part was refused.
#[derive(Debug, Default)]
pub(super) struct Refs(BTreeMap<String, Option<String>>);

impl Refs {
    /// Gives a name to an id; an empty name is nobody's.
    pub(super) fn bind(&mut self, name: &str, id: &str) {
        if !name.is_empty() {
            self.0.insert(name.to_owned(), Some(id.to_owned()));
        }
    }

    /// Remembers that the part which was to create `name` was refused.
    pub(super) fn forget(&mut self, name: &str) {
        if !name.is_empty() {
            self.0.entry(name.to_owned()).or_insert(None);
        }
    }

    /// Returns whether `name` is decided, one way or the other.
    pub(super) fn is_decided(&self, name: &str) -> bool {
        !name.starts_with('$') || self.0.contains_key(name)
    }

    /// Returns the id behind an id or a name.
    pub(super) fn resolve(&self, name: &str) -> Result<String, DropReason> {
        if !name.starts_with('$') {
            return Ok(name.to_owned());
        }
        match self.0.get(name) {
            Some(Some(id)) => Ok(id.clone()),
            Some(None) => Err(DropReason::DependencyDropped),
            None => Err(DropReason::UnknownId),
        }
    }

    /// Returns the names that have an id.
    pub(super) fn into_resolved(self) -> BTreeMap<String, String> {
        self.0
            .into_iter()
            .filter_map(|(name, id)| Some((name, id?)))
            .collect()
    }
}
