//! What is known of the event before.

/// The event in front of the next line.
#[derive(Debug, Clone, Default)]
pub(super) struct Previous {
    pub(super) form: u32,
    pub(super) line: u64,
    pub(super) continued: bool,
    /// A buffer for the name, and whether there is one.
    pub(super) component: String,
    pub(super) named: bool,
}

impl Previous {
    pub(super) fn component(&self) -> Option<&str> {
        self.named.then_some(self.component.as_str())
    }
}
