//! What is known of the lines of each form, learned once from the first of them.

use crate::template::FormTable;

/// A value for each form.
#[derive(Debug, Default)]
pub(super) struct ByForm<T> {
    /// With the number of the form's first line; a form that was dropped gives its place to another.
    known: Vec<(u64, T)>,
}

impl<T: Default> ByForm<T> {
    /// Returns what is known of a form; `learn` is asked when it is new.
    pub(super) fn get(&mut self, table: &FormTable, form: u32, learn: impl FnOnce() -> T) -> &T {
        let form = form as usize;
        if self.known.len() <= form {
            self.known.resize_with(form + 1, || (0, T::default()));
        }
        let first = table.forms[form].first.line;
        let known = &mut self.known[form];
        if known.0 != first {
            *known = (first, learn());
        }
        &known.1
    }
}
