//! A catalogue that is ready to be searched for.

use std::fmt;
use std::sync::{Arc, LazyLock};

use super::matcher::PatternSet;
use super::{Catalogue, built_in_entries};

static BUILT_IN: LazyLock<Signatures> = LazyLock::new(|| {
    Signatures::new(Catalogue {
        entries: built_in_entries(),
    })
});

/// A catalogue with its compiled patterns; clones share them, the default is the embedded one.
#[derive(Clone)]
pub struct Signatures(Arc<Compiled>);

struct Compiled {
    catalogue: Catalogue,
    patterns: PatternSet,
}

/// Where the signatures in force come from.
pub trait SignatureSource: Send + Sync {
    /// Returns the signatures for an analysis that begins, after a look at what may have changed.
    fn refreshed(&self) -> Signatures;

    /// Returns the signatures of the last look.
    fn latest(&self) -> Signatures;
}

impl Signatures {
    /// Compiles the patterns of a catalogue.
    pub fn new(catalogue: Catalogue) -> Self {
        let patterns = PatternSet::of(&catalogue);
        Self(Arc::new(Compiled {
            catalogue,
            patterns,
        }))
    }

    /// Returns the catalogue.
    pub fn catalogue(&self) -> &Catalogue {
        &self.0.catalogue
    }

    pub(super) fn patterns(&self) -> &PatternSet {
        &self.0.patterns
    }
}

impl SignatureSource for Signatures {
    fn refreshed(&self) -> Signatures {
        self.clone()
    }

    fn latest(&self) -> Signatures {
        self.clone()
    }
}

impl Default for Signatures {
    fn default() -> Self {
        BUILT_IN.clone()
    }
}

impl fmt::Debug for Signatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.0.catalogue.entries.len();
        f.debug_struct("Signatures")
            .field("entries", &entries)
            .finish_non_exhaustive()
    }
}

/// Returns the embedded catalogue.
pub fn catalogue() -> &'static Catalogue {
    BUILT_IN.catalogue()
}
