//! The embedded fonts, and how wide text is in them.

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider as _};

use crate::error::Error;

/// What text looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    Regular,
    Bold,
    Mono,
}

/// All faces.
pub(super) struct Fonts {
    regular: Loaded,
    bold: Loaded,
    mono: Loaded,
}

struct Loaded {
    font: Font,
    charmap: Charmap<'static>,
    /// Of a size of 1.
    metrics: GlyphMetrics<'static>,
}

impl Fonts {
    /// Reads the fonts that are part of the program.
    pub(super) fn load() -> Result<Self, Error> {
        Ok(Self {
            regular: Loaded::of(dejavu::sans::regular())?,
            bold: Loaded::of(dejavu::sans::bold())?,
            mono: Loaded::of(dejavu::sans_mono::regular())?,
        })
    }

    pub(super) fn font(&self, face: Face) -> Font {
        self.face(face).font.clone()
    }

    /// Returns `text` with characters that the face cannot show spelled out.
    pub(super) fn shown(&self, face: Face, text: &str) -> String {
        let face = self.face(face);
        let mut shown = String::with_capacity(text.len());
        for character in text.chars() {
            if face.charmap.map(character).is_some() {
                shown.push(character);
            } else {
                shown.extend(character.escape_unicode());
            }
        }
        shown
    }

    /// Returns how wide a text is in points.
    pub(super) fn width(&self, face: Face, size: f32, text: &str) -> f32 {
        let face = self.face(face);
        text.chars()
            .map(|character| face.advance(character))
            .sum::<f32>()
            * size
    }

    /// Returns the glyphs of a text, for fonts without ligatures or kerning.
    pub(super) fn glyphs(&self, face: Face, text: &str) -> Vec<KrillaGlyph> {
        let face = self.face(face);
        let glyphs = text.char_indices().map(|(start, character)| {
            let glyph_id = face.charmap.map(character).unwrap_or_default();
            KrillaGlyph {
                glyph_id: GlyphId::new(glyph_id.to_u32()),
                text_range: start..start + character.len_utf8(),
                x_advance: face.advance(character),
                x_offset: 0.0,
                y_offset: 0.0,
                y_advance: 0.0,
                location: None,
            }
        });
        glyphs.collect()
    }

    fn face(&self, face: Face) -> &Loaded {
        match face {
            Face::Regular => &self.regular,
            Face::Bold => &self.bold,
            Face::Mono => &self.mono,
        }
    }
}

impl Loaded {
    fn of(data: &'static [u8]) -> Result<Self, Error> {
        let reference = FontRef::new(data).map_err(|error| Error::Pdf(error.to_string()))?;
        let font = Font::new(data.into(), 0);
        Ok(Self {
            font: font.ok_or_else(|| Error::Pdf("an embedded font is broken".to_owned()))?,
            charmap: reference.charmap(),
            metrics: reference.glyph_metrics(Size::new(1.0), LocationRef::default()),
        })
    }

    fn advance(&self, character: char) -> f32 {
        let glyph = self.charmap.map(character).unwrap_or_default();
        self.metrics.advance_width(glyph).unwrap_or_default()
    }
}
