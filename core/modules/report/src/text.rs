//! A report as it is kept: whoever reads it learns no secret from it.

use crate::bundle::Passage;
use crate::document::{Block, Document, Line};
use crate::error::Error;
use crate::mask::{Hides, Mask};
use crate::material::Material;
use crate::report::Kind;
use crate::skeleton;

const MASKED: &str = "Secrets are masked here. Hashes, bytes and lines are those of the files as \
                      they were handed over.";
const AFTER_TITLE: usize = 1;

/// Title and blocks of a report without secrets.
#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) title: String,
    pub(crate) document: Document,
}

/// Writes a report; `passages` tell what the surroundings of a quote make of it.
pub(crate) fn write(kind: Kind, material: &Material, passages: &[Passage]) -> Result<Text, Error> {
    let document = skeleton::write(kind, material);
    let mut mask = Mask::new(Hides::Secrets)?;
    mask.learn(passages);
    // What one text gives away as a secret is masked in all.
    mask.document(&document)?;
    mask.sweep_known();
    let mut document = mask.document(&document)?;
    if !mask.counts().is_empty() {
        let notice = Line::of(MASKED);
        document.blocks.insert(AFTER_TITLE, Block::Notice(notice));
    }
    Ok(Text {
        title: mask.text(&skeleton::title(kind, &material.case)),
        document,
    })
}
