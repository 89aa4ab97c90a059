//! Thread dumps, in a log or in files of their own: who waits for what.

mod frames;
mod java;
mod judge;

use std::collections::HashSet;

use crate::event::LineSample;
use crate::finding::Severity;
use crate::logs::TextLine;

/// Threads of one dump, and what is kept of all dumps.
const THREADS_MAX: usize = 5_000;
const FOUND_MAX: usize = 20;
/// Lines of others in a row behind which a dump is over.
const STRANGERS_MAX: usize = 20;

/// Reads dumps while lines pass by.
#[derive(Debug, Default)]
pub(crate) struct Dumps {
    /// Of the dump that is open.
    language: Option<Language>,
    threads: Vec<Thread>,
    /// What the threads of Go and Python are called, each once in a dump.
    heads: HashSet<String>,
    /// Locks that the threads hold.
    held: usize,
    strangers: usize,
    found: Vec<Contention>,
}

/// Threads that wait for each other, or for the same.
#[derive(Debug)]
pub(crate) struct Contention {
    pub(crate) statement: String,
    pub(crate) severity: Severity,
    /// Threads of the dump that shows most of them.
    pub(crate) threads: u64,
    pub(crate) places: Vec<LineSample>,
    /// The same in all dumps.
    pub(crate) key: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Java,
    Go,
    Python,
}

/// A thread as far as it was read.
#[derive(Debug, Default)]
struct Thread {
    name: String,
    wait: Option<Wait>,
    /// Locks with the lines that tell of them.
    holds: Vec<(String, LineSample)>,
    /// The lock that it holds only once it is woken.
    released: Option<String>,
    /// The first function of its own code.
    top: Option<String>,
}

#[derive(Debug)]
struct Wait {
    kind: WaitKind,
    /// A lock of Java by its address; nothing else has a name.
    lock: String,
    minutes: u64,
    place: LineSample,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum WaitKind {
    /// A monitor or a lock of Java.
    Lock,
    Mutex,
    Send,
    Receive,
    /// A condition of Python, or a call that does not come back.
    Condition,
    Call,
}

/// Whether a line is part of the dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Own,
    Stranger,
    /// What follows tells of the same threads again.
    End,
}

impl Dumps {
    /// Takes the next line; outside of dumps its first letter decides.
    pub(crate) fn line(&mut self, line: &TextLine<'_>, time: Option<i64>) {
        let begins = match line.text.as_bytes().first() {
            Some(b'F' | b'g' | b'T' | b'C') => Language::of(line.text),
            _ => None,
        };
        if let Some(language) = begins {
            let head = head(line.text);
            let is_known = head.is_some_and(|it| self.heads.contains(it));
            if language == Language::Java || self.language != begins || is_known {
                self.close();
                self.language = begins;
            }
            self.heads.extend(head.map(ToOwned::to_owned));
            self.strangers = 0;
        }
        let Some(language) = self.language else {
            return;
        };
        if self.threads.len() >= THREADS_MAX {
            return self.close();
        }
        let held = &mut self.held;
        let (threads, place) = (&mut self.threads, &|| line.sample(time));
        let part = match language {
            Language::Java => java::line(threads, held, line.text, place),
            Language::Go => frames::go(threads, line.text, place),
            Language::Python => frames::python(threads, line.text, place),
        };
        match part {
            Part::Own => self.strangers = 0,
            Part::Stranger if self.strangers < STRANGERS_MAX => self.strangers += 1,
            Part::Stranger | Part::End => self.close(),
        }
    }

    /// Returns what all dumps show, each thing once.
    pub(crate) fn finish(mut self) -> Vec<Contention> {
        self.close();
        self.found
    }

    fn close(&mut self) {
        self.language = None;
        self.heads.clear();
        self.held = 0;
        let threads = std::mem::take(&mut self.threads);
        for shown in judge::judge(&threads) {
            let known = self.found.iter().position(|it| it.key == shown.key);
            match known {
                Some(at) if self.found[at].threads < shown.threads => self.found[at] = shown,
                None if self.found.len() < FOUND_MAX => self.found.push(shown),
                _ => {}
            }
        }
    }
}

/// Returns the number of a thread by its first line.
fn head(text: &str) -> Option<&str> {
    let mut heads = ["goroutine ", "Thread ", "Current thread "].into_iter();
    let rest = heads.find_map(|it| text.strip_prefix(it))?;
    rest.split(' ').next()
}

impl Language {
    /// Returns the language of a dump, or of a thread of one, that begins with a line.
    fn of(text: &str) -> Option<Self> {
        let thread = text
            .strip_prefix("Thread ")
            .or_else(|| text.strip_prefix("Current thread "));
        if text.starts_with("Full thread dump") {
            Some(Self::Java)
        } else if frames::goroutine(text).is_some() {
            Some(Self::Go)
        } else {
            let is_python = thread?.contains("(most recent call first)")
                || thread?.starts_with(|it: char| it.is_ascii_digit()) && text.contains("): \"");
            is_python.then_some(Self::Python)
        }
    }
}

#[cfg(test)]
#[path = "dumps_tests.rs"]
mod tests;
