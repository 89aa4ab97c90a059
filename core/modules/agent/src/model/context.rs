//! The one message that tells a model where a case stands, cut to what fits.

use super::fence::Fence;

/// Foreign text of one kind; what comes first matters most.
#[derive(Debug, Clone, Default)]
pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) items: Vec<String>,
}

/// What fits, and what did not.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) text: String,
    /// Titles of the sections that lost items, with how many.
    pub(crate) cut: Vec<(&'static str, usize)>,
}

/// Puts sections behind own words until the room is full; cuts fall between items.
pub(crate) fn assemble(
    fence: &Fence,
    preamble: String,
    sections: &[Section],
    max_bytes: usize,
) -> Context {
    let mut context = Context {
        text: preamble,
        cut: Vec::new(),
    };
    for section in sections.iter().filter(|it| !it.items.is_empty()) {
        let overhead = fence.block(section.title, "").len() + 2;
        let free = max_bytes.saturating_sub(context.text.len() + overhead);
        let kept = fitting(&section.items, free);
        if kept < section.items.len() {
            context
                .cut
                .push((section.title, section.items.len() - kept));
        }
        if kept > 0 {
            let block = fence.block(section.title, &section.items[..kept].join("\n"));
            context.text.push_str("\n\n");
            context.text.push_str(&block);
        }
    }
    context
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

#[cfg(test)]
mod tests {
    use faultmaven_kit::Ids;

    use super::*;

    fn section(title: &'static str, items: usize) -> Section {
        Section {
            title,
            items: (0..items)
                .map(|at| format!("{title} {at} {}", "x".repeat(90)))
                .collect(),
        }
    }

    #[test]
    fn what_comes_first_is_kept_and_cuts_fall_between_items() {
        let fence = Fence::new(&Ids::sequential());
        let sections = [
            section("evidence", 4),
            section("findings", 40),
            section("entities", 3),
        ];
        let context = assemble(&fence, "Where it stands.".to_owned(), &sections, 2_000);
        assert!(context.text.len() <= 2_000, "{}", context.text.len());
        assert!(context.text.contains("evidence 3"));
        assert!(context.text.contains("findings 0") && !context.text.contains("findings 39"));
        let last = context.text.lines().rev().nth(1).unwrap();
        assert!(last.ends_with("xxx"), "{last}");
        assert!(context.cut.iter().any(|(title, _)| *title == "findings"));
        assert!(!context.cut.iter().any(|(title, _)| *title == "evidence"));
    }

    #[test]
    fn an_empty_section_is_no_block() {
        let fence = Fence::new(&Ids::sequential());
        let context = assemble(
            &fence,
            "Nothing.".to_owned(),
            &[section("findings", 0)],
            500,
        );
        assert_eq!(context.text, "Nothing.");
    }
}
