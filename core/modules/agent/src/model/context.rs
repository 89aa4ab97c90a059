//! The one message that tells a model where a case stands, cut to what fits.

use super::fence::Fence;

/// What is left of an item that does not fit at all; less says nothing.
const PIECE_MIN: usize = 80;
/// As long as a line that says how much is left out may be.
const REMARK_MAX: usize = 40;

/// Foreign text of one kind; what comes first matters most.
#[derive(Debug, Clone, Default)]
pub(crate) struct Section {
    pub(crate) title: &'static str,
    /// Percent of the room that it has, whatever the others hold.
    pub(crate) floor: usize,
    /// Percent of the room above which it gets only what the others leave.
    pub(crate) cap: usize,
    pub(crate) items: Vec<String>,
}

/// What fits, and what did not.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) text: String,
    /// Titles of the sections that lost items, with how many.
    pub(crate) cut: Vec<(&'static str, usize)>,
}

/// A section as it stands in a message.
struct Block<'a> {
    section: &'a Section,
    items: Vec<String>,
    /// Of the marks around the items.
    frame: usize,
}

/// Puts sections behind own words, each with its share of the room; cuts fall between items.
pub(crate) fn assemble(
    fence: &Fence,
    preamble: String,
    sections: &[Section],
    max_bytes: usize,
) -> Context {
    let told = sections.iter().filter(|it| !it.items.is_empty());
    let blocks: Vec<Block<'_>> = told.map(|it| Block::new(fence, it)).collect();
    let shares = shares(&blocks, max_bytes.saturating_sub(preamble.len()));
    let mut context = Context {
        text: preamble,
        cut: Vec::new(),
    };
    let mut free = 0;
    for (block, share) in blocks.iter().zip(shares) {
        // What cuts between items leave over is the next one's.
        free += share;
        let (text, kept) = block.within(fence, free);
        free -= text.len();
        context.text.push_str(&text);
        if kept < block.items.len() {
            let lost = block.items.len() - kept;
            context.cut.push((block.section.title, lost));
        }
    }
    context
}

/// Returns the bytes of each block: floors first, then up to the caps, then whatever is left.
fn shares(blocks: &[Block<'_>], room: usize) -> Vec<usize> {
    let mut shares = vec![0; blocks.len()];
    let mut left = room;
    let limits: [fn(&Section) -> usize; 3] = [|it| it.floor, |it| it.cap, |_| 100];
    for limit in limits {
        for (block, share) in blocks.iter().zip(&mut shares) {
            let most = block.bytes().min(room * limit(block.section) / 100);
            let more = most.saturating_sub(*share).min(left);
            *share += more;
            left -= more;
        }
    }
    shares
}

impl<'a> Block<'a> {
    fn new(fence: &Fence, section: &'a Section) -> Self {
        let items = section.items.iter().map(|item| fence.neutral(item));
        Self {
            section,
            items: items.collect(),
            frame: framed(fence, section.title, "").len(),
        }
    }

    /// Returns the bytes of the whole block.
    fn bytes(&self) -> usize {
        self.frame + self.items.iter().map(|item| item.len() + 1).sum::<usize>()
    }

    /// Returns as many items as fit, at least a piece of the first one, and their number.
    fn within(&self, fence: &Fence, free: usize) -> (String, usize) {
        let title = self.section.title;
        if self.bytes() <= free {
            return (
                framed(fence, title, &self.items.join("\n")),
                self.items.len(),
            );
        }
        let free = free.saturating_sub(self.frame + REMARK_MAX);
        let kept = fitting(&self.items, free);
        let (shown, kept) = match self.items.first() {
            Some(first) if kept == 0 && free >= PIECE_MIN => (piece(first, free), 1),
            _ => (self.items[..kept].join("\n"), kept),
        };
        if kept == 0 {
            return (String::new(), 0);
        }
        let mut text = framed(fence, title, &shown);
        if kept < self.items.len() {
            text.push_str(&format!(
                "\n({} more are left out)",
                self.items.len() - kept
            ));
        }
        (text, kept)
    }
}

fn framed(fence: &Fence, title: &str, text: &str) -> String {
    format!("\n\n{}", fence.block(title, text))
}

/// How many items from the front fit.
fn fitting(items: &[String], free: usize) -> usize {
    let mut used = 0;
    let fits = |item: &&String| {
        used += item.len() + 1;
        used <= free
    };
    items.iter().take_while(fits).count()
}

/// Returns the beginning of an item, which ends with a sign of the cut.
fn piece(item: &str, max_bytes: usize) -> String {
    const SIGN: char = '…';
    let end = item.floor_char_boundary(max_bytes.saturating_sub(SIGN.len_utf8()));
    format!("{}{SIGN}", &item[..end])
}

#[cfg(test)]
#[path = "context_tests.rs"]
mod tests;
