//! Events that lines of other programs interrupt, as where a collector writes several into one file.

use super::LogReader;
use super::previous::Previous;
use super::stacks::Building;
use crate::header::Header;

/// Events that are kept until their programs go on with them.
const INTERRUPTED_MAX: usize = 8;

/// An event, and what was read of its trace.
#[derive(Debug)]
pub(super) struct Interrupted {
    event: Previous,
    time: Option<i64>,
    last_line: String,
    trace: Option<Building>,
}

impl LogReader {
    /// Leaves the event before for the one that the source of the next line has written last.
    pub(super) fn turn_to(&mut self, header: &Header<'_>) {
        let others = |it: &&Previous| it.source != header.source;
        let Some(event) = self.previous.as_ref().filter(others) else {
            return;
        };
        if event.warns || self.stacks.is_open() {
            let interrupted = Interrupted {
                event: event.clone(),
                time: self.previous_time,
                last_line: self.continuation.clone(),
                trace: self.stacks.leave(),
            };
            self.interrupted.push(interrupted);
        }
        let of_source = |it: &Interrupted| it.event.source == header.source;
        if let Some(at) = self.interrupted.iter().position(of_source) {
            let interrupted = self.interrupted.remove(at);
            self.stacks.flush();
            self.stacks.resume(interrupted.trace);
            if header.bare.is_some() {
                self.previous = Some(interrupted.event);
                self.previous_time = interrupted.time;
                self.continuation = interrupted.last_line;
            }
        }
        if self.interrupted.len() > INTERRUPTED_MAX {
            let interrupted = self.interrupted.remove(0);
            self.stacks.file(interrupted.trace);
        }
    }

    /// Closes the traces that nothing has carried on.
    pub(super) fn finish_interrupted(&mut self) {
        for interrupted in std::mem::take(&mut self.interrupted) {
            self.stacks.file(interrupted.trace);
        }
    }
}
