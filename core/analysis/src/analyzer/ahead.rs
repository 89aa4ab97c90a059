//! Reads a log on several threads: workers tell what lines say alone, one thread counts in order.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use super::Engine;
use crate::encoding::Encoding;
use crate::line::{LineSplitter, RawLine};
use crate::logs::{Ahead, AheadReader, LogReader};

/// Lines that a thread takes at once.
const PART: usize = 256;
/// Lines that are kept until they are read.
const BATCH: usize = 64 * PART;
/// Threads beyond which the one that counts lines is the slowest.
const THREADS_MAX: usize = 8;

impl Engine {
    /// Returns whether lines of this file may be read out of order.
    pub(super) fn reads_ahead(&self) -> bool {
        let alone = self.logs.as_ref().is_some_and(LogReader::reads_alone);
        alone && self.read && !self.structured.takes_pieces() && self.encoding == Encoding::Utf8
    }

    /// Takes the next bytes; what their lines tell alone is read by several threads.
    pub(super) fn push_ahead(&mut self, chunk: &[u8]) {
        let mut splitter =
            std::mem::replace(&mut self.splitter, LineSplitter::new(self.encoding, 0));
        let start = splitter.offset();
        let mut batch: Vec<RawLine<'_>> = Vec::new();
        splitter.push(chunk, &mut |raw| match within(chunk, start, &raw) {
            Some(line) => {
                batch.push(line);
                if batch.len() == BATCH {
                    self.lines(&batch);
                    batch.clear();
                }
            }
            None => {
                self.lines(&batch);
                batch.clear();
                self.line(&raw);
            }
        });
        self.lines(&batch);
        self.splitter = splitter;
    }

    /// Takes lines in order.
    fn lines(&mut self, batch: &[RawLine<'_>]) {
        let threads = self.threads.min(THREADS_MAX).min(batch.len() / PART);
        let workers = threads.saturating_sub(1);
        let reader = self.logs.as_ref().map(|logs| logs.ahead(&self.patterns));
        let Some(mut reader) = reader.filter(|_| workers > 0) else {
            return batch.iter().for_each(|raw| self.line(raw));
        };
        let parts: Vec<&[RawLine<'_>]> = batch.chunks(PART).collect();
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            let (sender, receiver) = channel();
            for _ in 0..workers {
                let (sender, mut reader) = (sender.clone(), reader.fresh());
                let (parts, next) = (&parts, &next);
                let run = move || work(parts, next, &mut reader, &sender);
                // This thread reads what no other one does.
                if thread::Builder::new().spawn_scoped(scope, run).is_err() {
                    break;
                }
            }
            drop(sender);
            let mut arrived: Vec<Option<Ahead<'_>>> = parts.iter().map(|_| None).collect();
            for (number, part) in parts.iter().enumerate() {
                let wanted = Wanted {
                    number,
                    next: &next,
                };
                let ahead = wanted.get(&parts, &mut arrived, &receiver, &mut reader);
                self.part(part, &ahead);
            }
        });
    }

    fn part(&mut self, part: &[RawLine<'_>], ahead: &Ahead<'_>) {
        for (at, raw) in part.iter().enumerate() {
            let read = match &mut self.logs {
                Some(logs) => logs.line_ahead(ahead, at, &mut self.patterns),
                None => false,
            };
            if !read {
                self.line(raw);
            }
        }
    }
}

/// The part that is counted next.
struct Wanted<'a> {
    number: usize,
    /// The first part that nobody reads yet.
    next: &'a AtomicUsize,
}

impl Wanted<'_> {
    /// Waits for the part; meanwhile reads parts that nobody has taken.
    fn get<'a>(
        &self,
        parts: &[&[RawLine<'a>]],
        arrived: &mut [Option<Ahead<'a>>],
        receiver: &Receiver<(usize, Ahead<'a>)>,
        reader: &mut AheadReader,
    ) -> Ahead<'a> {
        loop {
            for (number, ahead) in receiver.try_iter() {
                arrived[number] = Some(ahead);
            }
            if let Some(ahead) = arrived[self.number].take() {
                return ahead;
            }
            let free = self.next.fetch_add(1, Ordering::Relaxed);
            if let Some(part) = parts.get(free) {
                arrived[free] = Some(reader.read(part));
            } else if let Ok((number, ahead)) = receiver.recv() {
                arrived[number] = Some(ahead);
            } else {
                return reader.read(parts[self.number]);
            }
        }
    }
}

/// Reads parts until none is left.
fn work<'a>(
    parts: &[&[RawLine<'a>]],
    next: &AtomicUsize,
    reader: &mut AheadReader,
    sender: &Sender<(usize, Ahead<'a>)>,
) {
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let Some(part) = parts.get(number) else {
            return;
        };
        if sender.send((number, reader.read(part))).is_err() {
            return;
        }
    }
}

/// Returns a line as a part of the chunk that starts at `start`, unless it began before.
fn within<'a>(chunk: &'a [u8], start: u64, raw: &RawLine<'_>) -> Option<RawLine<'a>> {
    let from = usize::try_from(raw.start.checked_sub(start)?).ok()?;
    let bytes = chunk.get(from..from + raw.bytes.len())?;
    std::ptr::eq(bytes, raw.bytes).then_some(RawLine { bytes, ..*raw })
}
