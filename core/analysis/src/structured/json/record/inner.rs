//! Documents that stand as a text within another one.

use super::{Node, Record};
use crate::encoding::Encoding;

/// Longer texts are no messages.
const TEXT_MAX: usize = 256 << 10;

impl Record {
    /// Returns the document that a text of this one holds, with its places in the file.
    pub(crate) fn inner(&self, holder: &Node) -> Option<Self> {
        holder.as_text()?;
        // The quotation marks around it are no part of it.
        let (from, to) = (holder.value_at + 1, holder.end.checked_sub(1)?);
        let written = self.text.get(from..to).filter(|it| it.len() <= TEXT_MAX)?;
        if self.encoding.is_wide() {
            return None;
        }
        let is_nested = !self.anchors.is_empty();
        let mut anchors = vec![(0, self.byte_at(from))];
        let mut text = String::with_capacity(written.len());
        let mut letters = written.char_indices();
        while let Some((at, letter)) = letters.next() {
            if letter == '\\' {
                text.push(escaped(&mut letters)?);
                anchors.push((text.len(), self.byte_at(to - letters.as_str().len())));
            } else {
                text.push(letter);
                if is_nested {
                    let behind = from + at + letter.len_utf8();
                    anchors.push((text.len(), self.byte_at(behind)));
                }
            }
        }
        Some(Self {
            root: Node::parse(&text)?,
            text,
            parse: Node::parse,
            bytes: self.bytes.clone(),
            parts: self.parts.clone(),
            anchors,
            encoding: Encoding::Utf8,
        })
    }
}

/// Reads what follows a backslash.
fn escaped(letters: &mut std::str::CharIndices<'_>) -> Option<char> {
    Some(match letters.next()?.1 {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' | 'f' => ' ',
        'u' => {
            let code: String = letters.by_ref().take(4).map(|(_, digit)| digit).collect();
            let code = u32::from_str_radix(&code, 16).ok()?;
            char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        other => other,
    })
}
