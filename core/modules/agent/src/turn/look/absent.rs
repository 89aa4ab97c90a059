//! An order, a ticket or the like that people name and no file holds.

use super::super::{Turn, Turns};
use super::SEARCHED_BYTES_MAX;
use crate::analyst::situation::Situation;
use crate::analyst::unseen_part;
use crate::error::TurnError;
use crate::lookup;

impl Turns {
    /// Returns the first number of its kind in the user's words that all files were searched for in vain.
    pub(super) async fn absent(
        &self,
        turn: &Turn,
        situation: &Situation,
    ) -> Result<Option<String>, TurnError> {
        let files = &situation.assessment.files;
        let is_read = |file: &_| lookup::has_lines(file);
        let is_small = files
            .iter()
            .all(|file| file.size_bytes <= SEARCHED_BYTES_MAX);
        if !is_small || !files.iter().any(is_read) {
            return Ok(None);
        }
        for number in unseen_part::numbers(&situation.text) {
            let pattern = regex::escape(number);
            let found = lookup::search(&self.callees, &turn.ctx, &pattern, files).await?;
            if found.count() == 0 && found.left_out == 0 {
                return Ok(Some(number.to_owned()));
            }
        }
        Ok(None)
    }
}
