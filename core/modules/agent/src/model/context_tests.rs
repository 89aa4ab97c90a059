use faultmaven_kit::Ids;
use proptest::prelude::*;

use super::*;

fn fence() -> Fence {
    Fence::new(&Ids::sequential())
}

fn section(title: &'static str, floor: usize, cap: usize, items: usize) -> Section {
    let items = (0..items).map(|at| format!("{title} {at} {}", "x".repeat(90)));
    Section {
        title,
        floor,
        cap,
        items: items.collect(),
    }
}

#[test]
fn what_comes_first_is_kept_and_cuts_fall_between_items() {
    let sections = [
        section("evidence", 30, 60, 4),
        section("findings", 30, 60, 40),
        section("entities", 5, 20, 3),
    ];
    let preamble = "Where it stands.".to_owned();
    let context = assemble(&fence(), preamble, &sections, 2_000);
    assert!(context.text.len() <= 2_000, "{}", context.text.len());
    assert!(context.text.contains("evidence 3"));
    assert!(context.text.contains("findings 0") && !context.text.contains("findings 39"));
    let lost = context.cut.iter().find(|(title, _)| *title == "findings");
    let (_, lost) = lost.unwrap();
    assert!(
        context
            .text
            .contains(&format!("({lost} more are left out)"))
    );
    assert!(!context.cut.iter().any(|(title, _)| *title == "evidence"));
    let last = context.text.lines().rfind(|it| it.starts_with("findings"));
    assert!(last.unwrap().ends_with("xxx"), "{last:?}");
}

#[test]
fn a_long_section_does_not_push_others_out() {
    let sections = [
        section("ledger", 20, 40, 500),
        section("evidence", 20, 40, 500),
        section("findings", 20, 40, 500),
    ];
    let context = assemble(&fence(), String::new(), &sections, 4_000);
    for title in ["ledger 3", "evidence 3", "findings 3"] {
        assert!(context.text.contains(title), "{title}: {}", context.text);
    }
}

#[test]
fn above_its_cap_a_section_gets_what_others_leave() {
    let long = section("ledger", 20, 40, 500);
    let shown = |others: usize| {
        let sections = [long.clone(), section("findings", 20, 60, others)];
        let text = assemble(&fence(), String::new(), &sections, 4_000).text;
        text.matches("ledger ").count()
    };
    assert!(shown(1) > shown(500), "{} {}", shown(1), shown(500));
}

#[test]
fn an_item_larger_than_its_share_is_told_in_part() {
    let mut sections = [
        section("findings", 50, 60, 40),
        section("answer", 20, 30, 1),
    ];
    sections[1].items = vec!["ü".repeat(5_000)];
    let context = assemble(&fence(), String::new(), &sections, 2_000);
    assert!(context.text.contains("üü…"), "{}", context.text);
    assert!(context.text.len() <= 2_000);
}

#[test]
fn an_empty_section_is_no_block() {
    let empty = [section("findings", 10, 20, 0)];
    let context = assemble(&fence(), "Nothing.".to_owned(), &empty, 500);
    assert_eq!(context.text, "Nothing.");
}

const TITLES: [&str; 5] = ["alpha", "beta", "gamma", "delta", "epsilon"];

/// Five sections whose floors take up all the room at most.
fn any_sections() -> impl Strategy<Value = Vec<Section>> {
    let item = prop_oneof!["[a-z ]{0,120}", "[a-zü\u{1b}\n]{200,900}", "x{3000,4000}"];
    let items = prop::collection::vec(item, 0..30);
    let one = (0_usize..=20, 0_usize..=60, items);
    let section =
        |(title, (floor, above, items)): (&'static str, (usize, usize, Vec<String>))| Section {
            title,
            floor,
            cap: floor + above,
            items,
        };
    let sections = prop::collection::vec(one, TITLES.len());
    sections.prop_map(move |drawn| TITLES.into_iter().zip(drawn).map(section).collect())
}

/// Returns what stands in the block of a section, if it has one.
fn told<'a>(text: &'a str, fence: &Fence, title: &str) -> &'a str {
    let begin = format!("[{} begin: {title}]\n", fence.word());
    let Some((_, rest)) = text.split_once(&begin) else {
        return "";
    };
    rest.split_once(&format!("\n[{} end]", fence.word()))
        .unwrap()
        .0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_section_has_its_floor_and_all_of_them_fit(
        sections in any_sections(),
        max_bytes in 100_usize..20_000,
    ) {
        let fence = fence();
        let preamble = "Where it stands.".to_owned();
        let context = assemble(&fence, preamble.clone(), &sections, max_bytes);
        prop_assert!(context.text.len() <= max_bytes, "{} > {max_bytes}", context.text.len());
        let again = assemble(&fence, preamble.clone(), &sections, max_bytes);
        prop_assert_eq!(&context.text, &again.text);
        prop_assert_eq!(&context.cut, &again.cut);
        let room = max_bytes - preamble.len();
        for section in sections.iter().filter(|it| !it.items.is_empty()) {
            let block = Block::new(&fence, section);
            let shown = told(&context.text, &fence, section.title);
            if shown == block.items.join("\n") {
                continue;
            }
            let free = room * section.floor / 100;
            let free = free.saturating_sub(block.frame + REMARK_MAX);
            let kept = fitting(&block.items, free);
            let whole = block.items[..kept].join("\n");
            prop_assert!(shown.starts_with(&whole), "{}: {shown}", section.title);
            if kept == 0 && free >= PIECE_MIN {
                prop_assert!(shown.len() >= free.min(block.items[0].len()) - 6, "{shown}");
            }
        }
    }
}
