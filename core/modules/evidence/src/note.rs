//! What the people who hand a file over say about it.

use faultmaven_kit::Fault;
use faultmaven_kit::text::{checked_tags, optional_text};

const DESCRIPTION_MAX: usize = 2_000;

/// Words about a file; both may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) description: String,
    pub(crate) tags: Vec<String>,
}

impl Note {
    /// Returns the note once it is known to be of bearable size.
    pub(crate) fn checked(description: &str, tags: &[String]) -> Result<Self, Fault> {
        let description = optional_text("description", description, DESCRIPTION_MAX)?;
        Ok(Self {
            description: description.unwrap_or_default(),
            tags: checked_tags(tags)?,
        })
    }

    /// Returns the tags as they are stored.
    pub(crate) fn tags_json(&self) -> String {
        serde_json::Value::from(self.tags.as_slice()).to_string()
    }
}

/// Returns tags as they were given, from the form they are stored in.
pub(crate) fn tags_of(json: &str) -> Vec<String> {
    // Only `tags_json` writes them; files held before there were tags have none.
    serde_json::from_str(json).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_survive_being_stored() {
        let note = Note::checked(" from eu-1 ", &["EU".into(), "a\"b".into()]).unwrap();
        assert_eq!(note.description, "from eu-1");
        assert_eq!(tags_of(&note.tags_json()), ["eu", "a\"b"]);
        assert!(tags_of("").is_empty());
    }

    #[test]
    fn a_note_is_bounded() {
        let long = Note::checked(&"x".repeat(2_001), &[]).unwrap_err();
        assert_eq!(long.violations[0].field, "description");
        let many: Vec<String> = (0..21).map(|tag| tag.to_string()).collect();
        let many = Note::checked("", &many).unwrap_err();
        assert_eq!(many.violations[0].field, "tags");
    }
}
