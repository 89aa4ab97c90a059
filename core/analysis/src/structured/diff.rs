//! Unified diffs: changed keys with their paths, changed code blocks.

mod direction;

use chrono::{DateTime, Utc};

pub(crate) use direction::direction;

use super::config::{Entry, PathStack, is_secret, shown, worded};
use crate::analysis::{Change, ChangeDirection, ChangeKind};
use crate::citation::Citation;
use crate::constants::CODE_SHOWN;
use crate::constants::QUOTE_MAX_BYTES;
use crate::encoding::Encoding;
use crate::fingerprint;
use crate::logs::TextLine;
use crate::time::parse_utc;

/// Reads a unified diff line by line.
#[derive(Debug)]
pub(crate) struct DiffReader {
    pub(crate) changes: Vec<Change>,
    pub(crate) dropped: u64,
    limit: usize,
    encoding: Encoding,
    file: String,
    old_file: String,
    changed_at: Option<DateTime<Utc>>,
    commit_time: Option<DateTime<Utc>>,
    in_hunk: bool,
    before: PathStack,
    after: PathStack,
    removed: Vec<Side>,
    added: Vec<Side>,
}

/// One removed or added line.
#[derive(Debug, Clone)]
struct Side {
    path: Option<String>,
    value: String,
    citation: Citation,
}

impl Side {
    /// Reads a line without a sign between key and value, where files are written so.
    fn or_worded(mut self, body: &str, file: &str) -> Self {
        if self.path.is_none()
            && is_worded(file)
            && let Some((key, value)) = worded(body)
        {
            self.path = Some(key);
            value.clone_into(&mut self.value);
        }
        self
    }
}

impl DiffReader {
    pub(crate) fn new(limit: usize, encoding: Encoding) -> Self {
        Self {
            changes: Vec::new(),
            dropped: 0,
            limit,
            encoding,
            file: String::new(),
            old_file: String::new(),
            changed_at: None,
            commit_time: None,
            in_hunk: false,
            before: PathStack::default(),
            after: PathStack::default(),
            removed: Vec::new(),
            added: Vec::new(),
        }
    }

    /// Takes the next line.
    pub(crate) fn line(&mut self, line: &TextLine<'_>) {
        let text = line.text;
        if let Some(rest) = text
            .strip_prefix("--- ")
            .filter(|_| !self.in_hunk || text.contains('/'))
        {
            self.close_block();
            self.in_hunk = false;
            self.old_file = file_name(rest);
        } else if let Some(rest) = text.strip_prefix("+++ ").filter(|_| !self.in_hunk) {
            self.open_file(rest);
        } else if let Some(names) = text.strip_prefix("diff --git ") {
            // Short diffs name their files here alone.
            self.close_block();
            self.in_hunk = false;
            if let Some((_, name)) = names.rsplit_once(" b/") {
                self.old_file = name.to_owned();
                self.open_file(name);
            }
        } else if text.starts_with("@@ ") {
            self.open_hunk(text);
        } else if let Some(rest) = text.strip_prefix("Date: ") {
            self.commit_time = parse_utc(rest.trim()).or(self.commit_time);
        } else if text.starts_with(|it: char| it.is_ascii_digit() || it == '[') {
            self.logged_line(text);
        } else if self.in_hunk {
            self.hunk_line(line);
        }
    }

    /// Takes a line of the log of a tool that shows what it changes: it tells when.
    fn logged_line(&mut self, text: &str) {
        self.close_block();
        self.in_hunk = false;
        self.commit_time = parse_utc(text.trim_start_matches('[')).or(self.commit_time);
    }

    /// Closes what is still open.
    pub(crate) fn finish(&mut self) {
        self.close_block();
    }

    fn open_file(&mut self, rest: &str) {
        let name = file_name(rest);
        // Ansible names the copy it made of a template.
        let is_copy = rest.starts_with("after: ") && name.contains("/tmp");
        self.file = if name == "/dev/null" || is_copy {
            self.old_file.clone()
        } else {
            name
        };
        let stamp = rest.split_once('\t').map(|(_, stamp)| stamp.trim());
        self.changed_at = stamp.and_then(parse_utc).or(self.commit_time);
        self.before.clear();
        self.after.clear();
    }

    fn open_hunk(&mut self, text: &str) {
        self.close_block();
        self.in_hunk = true;
        self.before.clear();
        self.after.clear();
        let heading = text[3..]
            .split_once("@@")
            .map_or("", |(_, heading)| heading);
        let heading = heading.strip_prefix(' ').unwrap_or(heading);
        if let Some(entry) = Entry::parse(heading).filter(|entry| entry.value.is_none()) {
            self.before.enter(&entry);
            self.after.enter(&entry);
        }
    }

    fn hunk_line(&mut self, line: &TextLine<'_>) {
        let (mark, body) = match line.text.chars().next() {
            Some(mark @ ('+' | '-' | ' ')) => (mark, &line.text[1..]),
            None => (' ', ""),
            Some('\\') => return,
            Some(_) => {
                self.close_block();
                self.in_hunk = false;
                return;
            }
        };
        let entry = Entry::parse(body);
        match mark {
            '-' => {
                if !self.added.is_empty() {
                    self.close_block();
                }
                let side = side(line, body, entry.as_ref(), &mut self.before);
                let side = side.or_worded(body, &self.old_file);
                self.removed.push(side);
            }
            '+' => {
                let side = side(line, body, entry.as_ref(), &mut self.after);
                let side = side.or_worded(body, &self.file);
                self.added.push(side);
            }
            _ => {
                self.close_block();
                if let Some(entry) = &entry {
                    self.before.enter(entry);
                    self.after.enter(entry);
                }
            }
        }
    }

    fn close_block(&mut self) {
        let removed = std::mem::take(&mut self.removed);
        let added = std::mem::take(&mut self.added);
        if removed.is_empty() && added.is_empty() {
            return;
        }
        if is_code(&self.file) {
            self.code_change(&removed, &added);
        } else {
            self.config_changes(removed, added);
        }
    }

    fn config_changes(&mut self, removed: Vec<Side>, mut added: Vec<Side>) {
        for old in removed.into_iter().filter(|side| side.path.is_some()) {
            let partner = added.iter().position(|new| new.path == old.path);
            let new = partner.map(|at| added.remove(at));
            self.push_config(Some(&old), new.as_ref());
        }
        for new in added.iter().filter(|side| side.path.is_some()) {
            self.push_config(None, Some(new));
        }
    }

    fn push_config(&mut self, old: Option<&Side>, new: Option<&Side>) {
        let Some(shownside) = new.or(old) else { return };
        let path = shownside.path.clone().unwrap_or_default();
        let before = old.map(|side| side.value.as_str());
        let after = new.map(|side| side.value.as_str());
        if before == after || (before.unwrap_or("").is_empty() && after.unwrap_or("").is_empty()) {
            return;
        }
        let secret = [before, after]
            .into_iter()
            .flatten()
            .any(|value| is_secret(&path, value));
        let citation = self.cite(old, new, secret, &path);
        let change = Change {
            kind: ChangeKind::Config,
            signature: fingerprint::config(extension(&self.file), &path),
            file: self.file.clone(),
            component: component(&self.file),
            direction: direction(before, after),
            before: before.map(|value| shown(value, secret)),
            after: after.map(|value| shown(value, secret)),
            path,
            secret,
            changed_at: self.changed_at,
            citation,
        };
        self.push(change);
    }

    fn code_change(&mut self, removed: &[Side], added: &[Side]) {
        let Some(first) = removed.first().or_else(|| added.first()) else {
            return;
        };
        let text = |sides: &[Side]| {
            let lines: Vec<&str> = sides
                .iter()
                .map(|side| side.citation.quote[1..].trim())
                .collect();
            let shown = lines.join(" ").chars().take(CODE_SHOWN).collect();
            (!lines.is_empty()).then_some(shown)
        };
        let change = Change {
            kind: ChangeKind::Code,
            signature: fingerprint::config("code", &self.file),
            file: self.file.clone(),
            component: component(&self.file),
            path: String::new(),
            before: text(removed),
            after: text(added),
            direction: match (removed.is_empty(), added.is_empty()) {
                (true, _) => ChangeDirection::Added,
                (_, true) => ChangeDirection::Removed,
                _ => ChangeDirection::Replaced,
            },
            secret: false,
            changed_at: self.changed_at,
            citation: first.citation.clone(),
        };
        self.push(change);
    }

    fn push(&mut self, change: Change) {
        if self.changes.len() < self.limit {
            self.changes.push(change);
        } else {
            self.dropped += 1;
        }
    }

    /// The removed and the added line when they stand together, else the added one.
    fn cite(&self, old: Option<&Side>, new: Option<&Side>, secret: bool, path: &str) -> Citation {
        let (old, new) = match (old, new) {
            (Some(old), Some(new)) if !secret => (&old.citation, &new.citation),
            (old, new) => {
                let only = new.or(old).map(|side| side.citation.clone());
                return only
                    .map_or_else(empty, |citation| self.without_value(citation, secret, path));
            }
        };
        let gap = new.byte_start.saturating_sub(old.byte_end);
        let unit = self.encoding.encoded_len("\n") as u64;
        let joint = match gap {
            gap if gap == unit => "\n",
            gap if gap == unit * 2 => "\r\n",
            _ => return new.clone(),
        };
        if new.byte_end - old.byte_start > QUOTE_MAX_BYTES as u64 {
            return new.clone();
        }
        Citation {
            byte_start: old.byte_start,
            byte_end: new.byte_end,
            line_start: old.line_start,
            line_end: new.line_end,
            quote: format!("{}{joint}{}", old.quote, new.quote),
        }
    }

    fn without_value(&self, citation: Citation, secret: bool, path: &str) -> Citation {
        if !secret {
            return citation;
        }
        let key = path.rsplit('.').next().unwrap_or(path);
        let end = citation.quote.find(key).map_or(1, |at| at + key.len());
        citation.cut_at(end, self.encoding)
    }
}

fn empty() -> Citation {
    Citation {
        byte_start: 0,
        byte_end: 0,
        line_start: 1,
        line_end: 1,
        quote: String::new(),
    }
}

fn side(line: &TextLine<'_>, body: &str, entry: Option<&Entry<'_>>, paths: &mut PathStack) -> Side {
    let path = entry.and_then(|entry| paths.enter(entry));
    let value = entry.map_or_else(|| body.trim(), |entry| entry.value.unwrap_or(""));
    Side {
        path,
        value: value.to_owned(),
        citation: line.citation(),
    }
}

fn file_name(rest: &str) -> String {
    let name = rest.split('\t').next().unwrap_or(rest).trim();
    // Git writes sides in front of names, Ansible words.
    let mut sides = ["a/", "b/", "before: ", "after: "].into_iter();
    let name = sides.find_map(|it| name.strip_prefix(it)).unwrap_or(name);
    name.to_owned()
}

/// The directory a file belongs to, generic directories left out.
fn component(file: &str) -> Option<String> {
    const GENERIC: [&str; 16] = [
        "src",
        "main",
        "resources",
        "config",
        "conf",
        "etc",
        "deploy",
        "helm",
        "charts",
        "templates",
        "k8s",
        "kubernetes",
        "manifests",
        "values",
        "base",
        "overlays",
    ];
    let (directory, _) = file.rsplit_once('/')?;
    let mut parts = directory
        .split('/')
        .filter(|part| !part.is_empty() && !GENERIC.contains(part));
    parts.next_back().map(ToOwned::to_owned)
}

fn extension(file: &str) -> &str {
    file.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn is_code(file: &str) -> bool {
    const CODE: [&str; 30] = [
        "rs", "java", "kt", "py", "go", "js", "ts", "tsx", "jsx", "rb", "php", "cs", "c", "h",
        "cpp", "scala", "sql", "sh", "swift", "vue", "html", "css", "md", "txt", "erb", "ex",
        "mjs", "twig", "groovy", "cshtml",
    ];
    CODE.contains(&extension(file))
}

/// Files of the form `key value`: HAProxy, Redis, sshd, Apache and their like.
fn is_worded(file: &str) -> bool {
    matches!(extension(file), "cfg" | "conf" | "cnf" | "vcl") || file.ends_with("_config")
}
