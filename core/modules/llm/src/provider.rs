//! Where answers come from.

/// A source of answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Provider {
    pub(crate) name: &'static str,
    pub(crate) model: String,
    pub(crate) purpose: Purpose,
    /// Whether text leaves the process to reach it.
    pub(crate) remote: bool,
}

/// What a provider is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Chat,
}

/// Returns the configured providers in the order they are tried; the embedded analyst never fails.
pub(crate) fn configured(analyst_version: String) -> Vec<Provider> {
    vec![Provider {
        name: "embedded",
        model: analyst_version,
        purpose: Purpose::Chat,
        remote: false,
    }]
}
