use super::*;
use crate::document::Line;

fn imprint() -> Imprint<'static> {
    Imprint {
        title: "Timeline: x",
        report_id: "rep_0123456789abcdef",
        created_at: DateTime::from_timestamp(1_741_097_100, 0).unwrap(),
    }
}

fn texts(layout: &Layout<'_>) -> Vec<String> {
    let runs = layout.pages.iter().flat_map(|page| &page.runs);
    runs.map(|run| run.text.clone()).collect()
}

#[test]
fn the_same_report_gives_the_same_file() {
    let mut document = Document::default();
    document.heading(1, "Timeline: x");
    document.paragraph(Line::of("so").code("app.log").cites(vec!["E1".to_owned()]));
    document.heading(3, "E1");
    let first = render(&imprint(), &document).unwrap();
    assert!(first.starts_with(b"%PDF-"));
    assert_eq!(first, render(&imprint(), &document).unwrap());
}

#[test]
fn nothing_stands_outside_of_the_margins() {
    let fonts = Fonts::load().unwrap();
    let mut document = Document::default();
    document.paragraph(Line::of("many words ".repeat(200)));
    document.list_or(vec![Line::named("name").code("x".repeat(900))], "");
    document.quote(format!("{}\n\tindented", "y".repeat(900)));
    let layout = Layout::of(&fonts, &document);
    for run in layout.pages.iter().flat_map(|page| &page.runs) {
        let right = run.x + fonts.width(run.face, run.size, &run.text);
        assert!(run.x >= MARGIN && right <= WIDTH - MARGIN + 0.01, "{run:?}");
        assert!(run.y <= HEIGHT - MARGIN, "{run:?}");
    }
    assert!(texts(&layout).iter().any(|text| text == "    indented"));
}

#[test]
fn a_long_report_goes_on_over_pages() {
    let fonts = Fonts::load().unwrap();
    let mut document = Document::default();
    for _ in 0..80 {
        document.heading(2, "Section");
        document.paragraph(Line::of("text"));
    }
    let layout = Layout::of(&fonts, &document);
    assert!(layout.pages.len() > 2);
    assert_eq!(layout.sections.len(), 80);
    for page in &layout.pages {
        let last = page.runs.last().unwrap();
        assert_eq!(
            last.text, "text",
            "a heading stands alone at the end of a page"
        );
    }
}

#[test]
fn citations_lead_to_the_place_of_their_entry() {
    let fonts = Fonts::load().unwrap();
    let mut document = Document::default();
    document.paragraph(Line::of("so").cites(vec!["E1".to_owned(), "E9".to_owned()]));
    document.heading(3, "E1");
    let layout = Layout::of(&fonts, &document);
    let [page] = &layout.pages[..] else {
        panic!("one page is enough");
    };
    assert_eq!(page.links.len(), 2);
    assert_eq!(links(page, &layout).unwrap().len(), 1, "E9 has no entry");
}

#[test]
fn characters_without_a_glyph_are_spelled_out() {
    let fonts = Fonts::load().unwrap();
    let mut document = Document::default();
    document.paragraph(Line::of("Übung → 失敗"));
    let layout = Layout::of(&fonts, &document);
    assert_eq!(texts(&layout), ["Übung → \\u{5931}\\u{6557}"]);
}

#[test]
fn punctuation_stays_with_its_word() {
    let fonts = Fonts::load().unwrap();
    let mut document = Document::default();
    document.paragraph(Line::of("see (").code("a").text("), then"));
    let layout = Layout::of(&fonts, &document);
    assert_eq!(texts(&layout).concat(), "see (a), then");
}
