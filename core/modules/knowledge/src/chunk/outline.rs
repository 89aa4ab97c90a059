//! The headings, paragraphs and code blocks of a Markdown text.

use std::ops::Range;

const TITLE_MAX_CHARS: usize = 200;
const LEVELS: usize = 6;
/// Front matter that has not ended by then is none.
const FRONT_MATTER_LINES: usize = 200;

/// What stands between two headings, the first of them included.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) heading: String,
    pub(super) blocks: Vec<Block>,
    has_body: bool,
}

impl Section {
    /// Returns where in the document the section begins.
    pub(super) fn start(&self) -> usize {
        self.blocks.first().map_or(0, |block| block.range.start)
    }
}

/// A heading, a paragraph, or a code block with its fences.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) range: Range<usize>,
    pub(super) is_fenced: bool,
}

/// Returns the sections of a text; a heading without text joins the section behind it.
pub(super) fn sections(content: &str) -> Vec<Section> {
    let mut outline = Outline::new(content);
    let mut start = outline.skip_front_matter();
    for line in content[start..].split_inclusive('\n') {
        outline.read(start..start + line.trim_end().len(), line);
        start += line.len();
    }
    outline.finish()
}

struct Outline<'a> {
    content: &'a str,
    /// The headings above, by level.
    path: [Option<String>; LEVELS],
    sections: Vec<Section>,
    section: Section,
    block: Option<Block>,
    block_lines: usize,
    fence: Option<Fence>,
}

#[derive(Clone, Copy)]
struct Fence {
    mark: char,
    length: usize,
}

impl<'a> Outline<'a> {
    fn new(content: &'a str) -> Self {
        Self {
            content,
            path: Default::default(),
            sections: Vec::new(),
            section: empty(String::new()),
            block: None,
            block_lines: 0,
            fence: None,
        }
    }

    /// Takes the lines between `---` at the very beginning as one block; returns where they end.
    fn skip_front_matter(&mut self) -> usize {
        let mut lines = self.content.split_inclusive('\n').take(FRONT_MATTER_LINES);
        let Some(first) = lines.next().filter(|line| line.trim_end() == "---") else {
            return 0;
        };
        let mut end = first.len();
        for line in lines {
            let is_last = matches!(line.trim_end(), "---" | "...");
            end += line.len();
            if is_last {
                self.extend(0..self.content[..end].trim_end().len());
                self.close_block();
                return end;
            }
        }
        0
    }

    fn read(&mut self, range: Range<usize>, line: &str) {
        if let Some(fence) = self.fence {
            self.extend(range);
            if closes(line, fence) {
                self.fence = None;
                self.close_block();
            }
        } else if let Some(fence) = opening(line) {
            self.close_block();
            self.fence = Some(fence);
            self.extend(range);
        } else if range.is_empty() {
            self.close_block();
        } else if let Some((level, title)) = heading(line) {
            self.close_block();
            self.open_section(level, title, range);
        } else if let Some(level) = self.underlined(line) {
            let above = self
                .block
                .take()
                .map_or(range.start, |block| block.range.start);
            let title = self.content[above..range.start].trim();
            self.open_section(level, title, above..range.end);
        } else {
            self.extend(range);
        }
    }

    /// Returns the level of the heading that `line` makes of the line above.
    fn underlined(&self, line: &str) -> Option<usize> {
        let line = line.trim_end();
        if self.block.is_none() || self.block_lines != 1 || line.len() < 3 {
            return None;
        }
        if line.bytes().all(|byte| byte == b'=') {
            return Some(1);
        }
        line.bytes().all(|byte| byte == b'-').then_some(2)
    }

    fn extend(&mut self, range: Range<usize>) {
        match &mut self.block {
            Some(block) => {
                block.range.end = range.end.max(block.range.end);
                self.block_lines += 1;
            }
            None => {
                self.block_lines = 1;
                self.block = Some(Block {
                    range,
                    is_fenced: self.fence.is_some(),
                });
            }
        }
    }

    fn close_block(&mut self) {
        if let Some(block) = self.block.take() {
            self.section.has_body = true;
            self.section.blocks.push(block);
        }
    }

    fn open_section(&mut self, level: usize, title: &str, range: Range<usize>) {
        let title: String = title.chars().take(TITLE_MAX_CHARS).collect();
        for deeper in self.path.iter_mut().skip(level - 1) {
            *deeper = None;
        }
        self.path[level - 1] = Some(title).filter(|title| !title.is_empty());
        let above: Vec<&str> = self.path.iter().flatten().map(String::as_str).collect();
        let path = above.join(" > ");
        if self.section.has_body {
            let ended = std::mem::replace(&mut self.section, empty(path));
            self.sections.push(ended);
        } else {
            self.section.heading = path;
        }
        self.section.blocks.push(Block {
            range,
            is_fenced: false,
        });
    }

    fn finish(mut self) -> Vec<Section> {
        self.close_block();
        if !self.section.blocks.is_empty() {
            self.sections.push(self.section);
        }
        self.sections
    }
}

fn empty(heading: String) -> Section {
    Section {
        heading,
        blocks: Vec::new(),
        has_body: false,
    }
}

/// Returns level and title of a line that begins with number signs.
fn heading(line: &str) -> Option<(usize, &str)> {
    let line = unindented(line)?.trim_end();
    let title = line.trim_start_matches('#');
    let level = line.len() - title.len();
    if !(1..=LEVELS).contains(&level) || title.starts_with(|next: char| !next.is_whitespace()) {
        return None;
    }
    let title = title.trim();
    let closed = title.trim_end_matches('#');
    let is_closed = closed.is_empty() || closed.ends_with(char::is_whitespace);
    Some((level, if is_closed { closed.trim_end() } else { title }))
}

fn unindented(line: &str) -> Option<&str> {
    let text = line.trim_start_matches(' ');
    (line.len() - text.len() <= 3).then_some(text)
}

/// Code blocks in lists are indented, so that any indentation is accepted.
fn opening(line: &str) -> Option<Fence> {
    let text = line.trim();
    let mark = text
        .chars()
        .next()
        .filter(|mark| matches!(mark, '`' | '~'))?;
    let info = text.trim_start_matches(mark);
    let length = text.len() - info.len();
    let is_code_in_text = mark == '`' && info.contains('`');
    (length >= 3 && !is_code_in_text).then_some(Fence { mark, length })
}

fn closes(line: &str, fence: Fence) -> bool {
    let text = line.trim();
    text.len() >= fence.length && text.chars().all(|character| character == fence.mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headings(content: &str) -> Vec<String> {
        let sections = sections(content).into_iter();
        sections.map(|section| section.heading).collect()
    }

    #[test]
    fn headings_make_a_path() {
        let content = "intro\n# A\na\n## B ##\nb\n### C\nc\n## D\nd\n# E\ne\n";
        let expected = ["", "A", "A > B", "A > B > C", "A > D", "E"];
        assert_eq!(headings(content), expected);
    }

    #[test]
    fn underlined_lines_are_headings() {
        let content = "Top\n===\ntext\n\nBelow\n---\nmore\n\nnot\na title\n---\n";
        assert_eq!(headings(content), ["Top", "Top > Below"]);
    }

    #[test]
    fn a_heading_without_text_joins_the_next_section() {
        let sections = sections("# A\n\n## B\n\ntext");
        assert_eq!(sections.len(), 1);
        assert_eq!(sections[0].heading, "A > B");
        assert_eq!(sections[0].start(), 0);
    }

    #[test]
    fn number_signs_in_code_are_no_headings() {
        let content = "# A\n```sh\n# comment\n```\n~~~~\n# x\n~~~\n# y\n~~~~\n# B\nb";
        assert_eq!(headings(content), ["A", "B"]);
        assert_eq!(headings("#!/bin/sh\n#tag\n    # code\n"), [""]);
    }

    #[test]
    fn front_matter_is_no_heading() {
        let content = "---\ntitle: x\n---\n# A\ntext";
        assert_eq!(headings(content), ["", "A"]);
        assert_eq!(headings("---\nno end\n\n# A\nx"), ["", "A"]);
    }
}
