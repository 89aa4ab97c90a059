//! The words of messages, by which searches find their cases.

use std::collections::BTreeSet;

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query, SelectStatement};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _};

use super::Stored;
use crate::entity::case;
use crate::entity::word::{ActiveModel, Column, Entity};

/// Shorter words say nothing.
const WORD_MIN_BYTES: usize = 2;
/// Of longer ones the beginning counts.
const WORD_MAX_BYTES: usize = 64;
/// Of a message that has more, as pasted data do, the first ones count.
const WORDS_MAX: usize = 1_000;
/// Greater than every byte of UTF-8.
const BEHIND_ALL: u8 = 0xff;

/// Remembers the words of a message.
pub(super) async fn insert<C: ConnectionTrait>(db: &C, case_id: &str, content: &str) -> Stored<()> {
    let mut words = BTreeSet::new();
    for word in words_of(&content.to_lowercase()) {
        words.insert(word.as_bytes().to_vec());
        if words.len() == WORDS_MAX {
            break;
        }
    }
    if words.is_empty() {
        return Ok(());
    }
    let rows = words.into_iter().map(|word| ActiveModel {
        case_id: Set(case_id.to_owned()),
        word: Set(word),
    });
    let known = OnConflict::columns([Column::CaseId, Column::Word])
        .do_nothing()
        .to_owned();
    Entity::insert_many(rows)
        .on_conflict(known)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Returns the query for words of a case that begin like `word`; none when such words are not kept.
pub(super) fn beginning_like(word: &str) -> Option<SelectStatement> {
    let word = kept(word)?.as_bytes();
    let behind: Vec<u8> = word.iter().copied().chain([BEHIND_ALL]).collect();
    let of_case = Expr::col((Entity, Column::CaseId)).equals((case::Entity, case::Column::CaseId));
    Some(
        Query::select()
            .column((Entity, Column::Word))
            .from(Entity)
            .and_where(of_case)
            .and_where(Column::Word.gte(word.to_vec()))
            .and_where(Column::Word.lt(behind))
            .take(),
    )
}

/// Returns what stands between blanks, and the parts of what is composed such as `db-eu.internal`.
fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace().flat_map(|written| {
        let whole = trimmed(written);
        let is_composed = whole.contains(is_no_letter);
        let parts = is_composed.then(|| whole.split(is_no_letter));
        std::iter::once(whole)
            .chain(parts.into_iter().flatten())
            .filter_map(kept)
    })
}

/// Returns the part of a word that is kept, without the punctuation around it.
fn kept(word: &str) -> Option<&str> {
    let word = trimmed(word);
    let end = word.floor_char_boundary(WORD_MAX_BYTES);
    (end >= WORD_MIN_BYTES).then(|| &word[..end])
}

fn trimmed(word: &str) -> &str {
    word.trim_matches(is_no_letter)
}

fn is_no_letter(character: char) -> bool {
    !character.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composed_words_count_as_a_whole_and_in_their_parts() {
        let words: Vec<&str> =
            words_of("(see db-eu.internal, ORA-00060: a \u{1f600} überlauf)").collect();
        let expected = [
            "see",
            "db-eu.internal",
            "db",
            "eu",
            "internal",
            "ORA-00060",
            "ORA",
            "00060",
            "überlauf",
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn long_words_count_by_their_beginning() {
        let long = format!("x{}", "ü".repeat(100));
        assert_eq!(kept(&long).unwrap().len(), 63);
        assert!(beginning_like("-x-").is_none());
    }
}
