//! The form of every line, for those who ask which template a line belongs to.

use super::LogReader;

/// Enough of a line to find its template again after forms were folded.
#[derive(Debug, Clone)]
pub(crate) struct LineForm {
    pub(crate) hash: u64,
    pub(crate) form: u32,
}

/// Lines whose forms are recorded, at most.
const LINES_MAX: usize = u32::MAX as usize;

impl LogReader {
    /// Records the form of a line, when that was asked for.
    pub(super) fn note_form(&mut self, number: u64) {
        if self.line_forms.is_none() {
            return;
        }
        let form = self.line_form();
        if let Some(forms) = &mut self.line_forms {
            let known = usize::try_from(number - 1).unwrap_or(usize::MAX);
            // The rest of a line that a hole cut stands for the whole.
            forms.truncate(known);
            // Lines of a document on which no event begins have no form.
            let none = LineForm {
                hash: 0,
                form: u32::MAX,
            };
            forms.resize(known.min(LINES_MAX), none);
            forms.push(form);
        }
    }

    /// Records the form of an event for those of its lines that have none.
    pub(super) fn note_forms(&mut self, first: u64, last: u64) {
        let slot = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let known = self.line_forms.as_ref().map_or(0, Vec::len);
        if known < slot(last) {
            self.note_form(last);
        }
        let form = self.line_form();
        let lines = self.line_forms.iter_mut().flatten();
        let lines = lines.take(slot(last)).skip(slot(first - 1));
        lines
            .filter(|it| it.form == u32::MAX)
            .for_each(|it| it.clone_from(&form));
    }

    pub(super) fn line_form(&self) -> LineForm {
        let written = self.previous.as_ref().filter(|_| !self.skipping);
        let form = written.map_or(u32::MAX, |previous| previous.form);
        let first = self.table.forms.get(form as usize);
        LineForm {
            hash: first.map_or(0, |form| form.first.line),
            form,
        }
    }
}
