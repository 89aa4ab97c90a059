//! PDF documents: the words in the order in which they are drawn, by lines and pages.

mod cmap;
mod font;
mod glyphs;
mod layout;

use std::collections::HashMap;
use std::rc::Rc;

use hayro_syntax::content::{Instruction, UntypedIter};
use hayro_syntax::object::dict::keys::RESOURCES;
use hayro_syntax::object::{Array, Dict, Name, Object};
use hayro_syntax::page::Resources;
use hayro_syntax::{LoadPdfError, Pdf};

use crate::text::Lines;
use crate::{DocumentError, DocumentText};
use font::Font;
pub(crate) use layout::Pen;
use layout::{Layout, Matrix};

/// Drawing instructions that are followed in one document.
const INSTRUCTIONS_MAX: u64 = 20_000_000;
/// Drawings within each other that are followed.
const FORMS_DEEP: u32 = 8;
/// Saved states within each other.
const STATES_MAX: usize = 512;

/// Returns the text of a document.
pub(crate) fn text(content: Vec<u8>) -> Result<DocumentText, DocumentError> {
    let pdf = Pdf::new(content).map_err(|error| match error {
        LoadPdfError::Decryption(_) => DocumentError::Encrypted,
        LoadPdfError::Invalid => DocumentError::Damaged,
    })?;
    let mut reader = Reader::default();
    let mut has_words = false;
    for page in pdf.pages().iter() {
        reader.lines.page();
        let marked = reader.words;
        reader.draw(page.operations(), page.resources(), Matrix::IDENTITY, 0);
        has_words |= reader.words > marked;
        if reader.lines.is_full() {
            break;
        }
    }
    if !has_words {
        return Err(DocumentError::NoText);
    }
    Ok(reader.lines.finish())
}

/// What drawing the pages has come to.
#[derive(Default)]
struct Reader {
    lines: Lines,
    instructions: u64,
    /// Pieces of text drawn.
    words: u64,
    fonts: HashMap<(u32, i32), Rc<Font>>,
}

/// What a drawing instruction stands in.
#[derive(Clone)]
struct State {
    page: Matrix,
    font: Option<Rc<Font>>,
    layout: Layout,
}

impl Reader {
    fn draw(
        &mut self,
        mut instructions: UntypedIter<'_>,
        resources: &Resources<'_>,
        page: Matrix,
        depth: u32,
    ) {
        let mut state = State {
            page,
            font: None,
            layout: Layout::default(),
        };
        let mut saved: Vec<State> = Vec::new();
        while let Some(instruction) = instructions.next() {
            self.instructions += 1;
            if self.instructions > INSTRUCTIONS_MAX {
                self.lines.cut();
            }
            if self.lines.is_full() {
                return;
            }
            let operands = Operands::of(&instruction);
            match &**instruction.operator {
                b"q" if saved.len() < STATES_MAX => saved.push(state.clone()),
                b"Q" => state = saved.pop().unwrap_or(state),
                b"cm" => state.page = operands.matrix().times(&state.page),
                b"Do" => self.form(&operands, resources, &state, depth),
                b"Tf" => {
                    state.layout.size = operands.number(1);
                    state.font = operands.name(0).and_then(|it| self.font(it, resources));
                }
                operator => self.text(operator, &operands, &mut state),
            }
        }
    }

    fn text(&mut self, operator: &[u8], operands: &Operands<'_>, state: &mut State) {
        let layout = &mut state.layout;
        match operator {
            b"BT" => layout.begin(),
            b"Tc" => layout.character_space = operands.number(0),
            b"Tw" => layout.word_space = operands.number(0),
            b"Tz" => layout.stretch = operands.number(0) / 100.0,
            b"TL" => layout.leading = operands.number(0),
            b"Td" => layout.move_line(operands.number(0), operands.number(1)),
            b"TD" => {
                layout.leading = -operands.number(1);
                layout.move_line(operands.number(0), operands.number(1));
            }
            b"Tm" => layout.place(operands.matrix()),
            b"T*" => layout.next_line(),
            b"Tj" => self.show(operands.objects.first(), state),
            b"'" => {
                layout.next_line();
                self.show(operands.objects.first(), state);
            }
            b"\"" => {
                layout.word_space = operands.number(0);
                layout.character_space = operands.number(1);
                layout.next_line();
                self.show(operands.objects.get(2), state);
            }
            b"TJ" => {
                let Some(Object::Array(pieces)) = operands.objects.first() else {
                    return;
                };
                self.show_pieces(pieces, state);
            }
            _ => {}
        }
    }

    fn show_pieces(&mut self, pieces: &Array<'_>, state: &mut State) {
        for piece in pieces.iter::<Object<'_>>() {
            match &piece {
                Object::Number(offset) => state.layout.kern(offset.as_f64()),
                piece => self.show(Some(piece), state),
            }
        }
    }

    fn show(&mut self, string: Option<&Object<'_>>, state: &mut State) {
        let (Some(Object::String(string)), Some(font)) = (string, &state.font) else {
            return;
        };
        self.words += 1;
        let page = state.page;
        state
            .layout
            .show(&mut self.lines, &page, font.glyphs(string.as_bytes()));
    }

    fn font(&mut self, name: &Name<'_>, resources: &Resources<'_>) -> Option<Rc<Font>> {
        let of_file = resources.fonts.get_ref(name);
        let key = of_file.map(|it| (it.obj_number, it.gen_number));
        if let Some(known) = key.and_then(|key| self.fonts.get(&key)) {
            return Some(Rc::clone(known));
        }
        let font = Rc::new(Font::of(&resources.get_font(name)?));
        if let Some(key) = key {
            self.fonts.insert(key, Rc::clone(&font));
        }
        Some(font)
    }

    /// Draws what stands in a drawing of its own.
    fn form(
        &mut self,
        operands: &Operands<'_>,
        resources: &Resources<'_>,
        state: &State,
        depth: u32,
    ) {
        let form = operands.name(0).and_then(|it| resources.get_x_object(it));
        let Some(form) = form.filter(|_| depth < FORMS_DEEP) else {
            return;
        };
        let dict = form.dict();
        let is_form = dict
            .get::<Name<'_>>("Subtype")
            .is_some_and(|it| &*it == b"Form");
        let Some(content) = is_form.then(|| form.decoded_data().ok()).flatten() else {
            return;
        };
        let own = dict.get::<Dict<'_>>(RESOURCES).map(Resources::new);
        let placed = dict
            .get::<Array<'_>>("Matrix")
            .map_or(Matrix::IDENTITY, |it| {
                let numbers: Vec<f64> = numbers_of(&it).collect();
                Matrix::of(&numbers)
            });
        let page = placed.times(&state.page);
        let resources = own.as_ref().unwrap_or(resources);
        self.draw(UntypedIter::new(&content), resources, page, depth + 1);
    }
}

/// Returns the numbers of an array.
fn numbers_of<'a>(array: &Array<'a>) -> impl Iterator<Item = f64> + use<'a> {
    array.iter::<Object<'_>>().filter_map(|it| match it {
        Object::Number(number) => Some(number.as_f64()),
        _ => None,
    })
}

/// What stands before an operator.
struct Operands<'a> {
    objects: Vec<Object<'a>>,
}

impl<'a> Operands<'a> {
    fn of(instruction: &Instruction<'_, 'a>) -> Self {
        Self {
            objects: instruction.operands().cloned().collect(),
        }
    }

    fn number(&self, at: usize) -> f64 {
        match self.objects.get(at) {
            Some(Object::Number(number)) => number.as_f64(),
            _ => 0.0,
        }
    }

    fn name(&self, at: usize) -> Option<&Name<'a>> {
        match self.objects.get(at) {
            Some(Object::Name(name)) => Some(name),
            _ => None,
        }
    }

    fn matrix(&self) -> Matrix {
        let numbers: Vec<f64> = (0..self.objects.len()).map(|at| self.number(at)).collect();
        Matrix::of(&numbers)
    }
}

#[cfg(test)]
mod tests;
