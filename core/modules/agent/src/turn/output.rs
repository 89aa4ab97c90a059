//! A short message that is nothing but the output of the command suggested last.

use faultmaven_proto::agent::v1::PasteKind;

use super::{Turn, Turns};
use crate::analyst::classify;
use crate::analyst::outputs::suggested_runs;
use crate::error::TurnError;
use crate::paste::Paste;
use crate::pasted;

impl Turns {
    /// Turns the text into a pasted file when it is what a suggested command printed.
    pub(super) async fn take_as_output(&self, turn: &mut Turn) -> Result<(), TurnError> {
        let Some(text) = turn.input.text.clone().filter(|_| may_be_output(turn)) else {
            return Ok(());
        };
        let case_id = &turn.input.case_id;
        let investigation = self.callees.investigation(&turn.ctx, case_id).await?;
        let commands = suggested_runs(&investigation);
        let mut commands = commands.map(|run| run.payload.as_str());
        if commands.any(|command| pasted::is_output_of(command, &text)) {
            let paste = Paste::new(format!("{text}\n"), PasteKind::Paste, None);
            turn.input.pastes.push(paste);
            turn.input.text = None;
        }
        Ok(())
    }
}

/// What says something by itself is no output, whatever was suggested.
fn may_be_output(turn: &Turn) -> bool {
    let text = turn.input.text.as_deref().unwrap_or_default();
    let reading = classify::read(text, true);
    let says_nothing = reading == classify::Reading::default();
    turn.input.intent.is_none() && !turn.input.has_data() && says_nothing
}
