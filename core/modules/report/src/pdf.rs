//! A document as PDF: A4, embedded fonts, text that can be selected, citations that can be followed.

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use krilla::Document as Pdf;
use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::color::rgb;
use krilla::destination::{Destination, XyzDestination};
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{self, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;

use crate::document::{Document, one_line};
use crate::error::Error;

mod flow;
mod fonts;
mod layout;

use fonts::Fonts;
use layout::{Color, HEIGHT, Layout, MARGIN, Page, Run, WIDTH};

const FOOTER_SIZE: f32 = 7.5;
const FOOTER_Y: f32 = HEIGHT - 28.0;
const FOOTER_TITLE_MAX: usize = 90;

/// What stands in the file besides the document.
pub(crate) struct Imprint<'a> {
    pub(crate) title: &'a str,
    pub(crate) report_id: &'a str,
    pub(crate) created_at: DateTime<Utc>,
}

/// Returns `document` as a PDF file.
pub(crate) fn render(imprint: &Imprint<'_>, document: &Document) -> Result<Vec<u8>, Error> {
    let fonts = Fonts::load()?;
    let layout = Layout::of(&fonts, document);
    let mut pdf = Pdf::new();
    pdf.set_metadata(metadata(imprint));
    let count = layout.pages.len();
    for (index, page) in layout.pages.iter().enumerate() {
        let settings = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(impossible)?;
        let mut sheet = pdf.start_page_with(settings);
        let mut surface = sheet.surface();
        paint(&mut surface, &fonts, page)?;
        for run in footer(&fonts, imprint.title, index + 1, count) {
            write(&mut surface, &fonts, &run);
        }
        surface.finish();
        for annotation in links(page, &layout)? {
            sheet.add_annotation(annotation);
        }
        sheet.finish();
    }
    pdf.set_outline(outline(&layout));
    pdf.finish()
        .map_err(|error| Error::Pdf(format!("{error:?}")))
}

fn metadata(imprint: &Imprint<'_>) -> Metadata {
    let time = imprint.created_at;
    let small = |number: u32| u8::try_from(number).unwrap_or_default();
    let date = metadata::DateTime::new(u16::try_from(time.year()).unwrap_or_default())
        .month(small(time.month()))
        .day(small(time.day()))
        .hour(small(time.hour()))
        .minute(small(time.minute()))
        .second(small(time.second()));
    Metadata::new()
        .title(one_line(imprint.title))
        .language("en".to_owned())
        .creator("FaultMaven".to_owned())
        .creation_date(date)
        .document_id(imprint.report_id.to_owned())
}

fn paint(surface: &mut Surface<'_>, fonts: &Fonts, page: &Page) -> Result<(), Error> {
    for area in &page.fills {
        let mut path = PathBuilder::new();
        path.push_rect(rectangle(area.left, area.top, area.width, area.height)?);
        surface.set_fill(Some(fill(area.what)));
        surface.draw_path(&path.finish().ok_or_else(impossible)?);
    }
    for run in &page.runs {
        write(surface, fonts, run);
    }
    Ok(())
}

fn write(surface: &mut Surface<'_>, fonts: &Fonts, run: &Run) {
    surface.set_fill(Some(fill(run.color)));
    let glyphs = fonts.glyphs(run.face, &run.text);
    let start = Point::from_xy(run.x, run.y);
    let font = fonts.font(run.face);
    surface.draw_glyphs(start, &glyphs, font, &run.text, run.size, false);
}

fn footer(fonts: &Fonts, title: &str, number: usize, count: usize) -> [Run; 2] {
    let run = |x, text| Run {
        x,
        y: FOOTER_Y,
        size: FOOTER_SIZE,
        face: fonts::Face::Regular,
        color: Color::Faint,
        text,
    };
    let title: String = one_line(title).chars().take(FOOTER_TITLE_MAX).collect();
    let title = fonts.shown(fonts::Face::Regular, &title);
    let number = format!("{number} of {count}");
    let width = fonts.width(fonts::Face::Regular, FOOTER_SIZE, &number);
    [run(MARGIN, title), run(WIDTH - MARGIN - width, number)]
}

fn links(page: &Page, layout: &Layout<'_>) -> Result<Vec<Annotation>, Error> {
    let mut annotations = Vec::new();
    for link in &page.links {
        let Some(place) = layout.anchors.get(&link.what) else {
            continue;
        };
        let rectangle = rectangle(link.left, link.top, link.width, link.height)?;
        let target = Target::Destination(Destination::Xyz(destination(*place)));
        let alt = format!("Entry {} of the section Evidence", link.what);
        let annotation = LinkAnnotation::new(rectangle, target);
        annotations.push(Annotation::new_link(annotation, Some(alt)));
    }
    Ok(annotations)
}

fn outline(layout: &Layout<'_>) -> Outline {
    let mut outline = Outline::new();
    for (title, place) in &layout.sections {
        outline.push_child(OutlineNode::new(title.clone(), destination(*place)));
    }
    outline
}

fn destination(place: layout::Place) -> XyzDestination {
    XyzDestination::new(place.page, Point::from_xy(0.0, place.top))
}

fn rectangle(left: f32, top: f32, width: f32, height: f32) -> Result<Rect, Error> {
    Rect::from_xywh(left, top, width, height).ok_or_else(impossible)
}

fn fill(color: Color) -> Fill {
    let (red, green, blue) = match color {
        Color::Text => (0x1c, 0x1e, 0x21),
        Color::Faint => (0x6a, 0x73, 0x7f),
        Color::Link => (0x12, 0x57, 0xb0),
        Color::Rule => (0xb9, 0xc0, 0xc8),
        Color::Quote => (0xf4, 0xf5, 0xf7),
        Color::Notice => (0xff, 0xf6, 0xdf),
    };
    Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        ..Fill::default()
    }
}

fn impossible() -> Error {
    Error::Pdf("a size on the page is no number".to_owned())
}

#[cfg(test)]
mod tests;
