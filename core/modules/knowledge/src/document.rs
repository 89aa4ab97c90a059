//! What makes a document.

use faultmaven_kit::Fault;
use faultmaven_kit::text::checked_text;

use crate::review::Review;

const TAGS_MAX: usize = 20;
const TAG_MAX: usize = 50;
const COLLECTIONS_MAX: usize = 20;

/// Who may read a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    Personal,
    /// The members of the team with this id.
    Team(String),
    Global,
}

/// Of which scopes documents are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Selection {
    All,
    /// Those of all teams of the caller.
    Teams,
    One(Scope),
}

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DocumentType {
    Runbook,
    Guide,
    Troubleshooting,
    Article,
    Reference,
    Faq,
    PostMortem,
    Other,
}

impl DocumentType {
    /// Returns the type that writers mean by `label`.
    pub(crate) fn of_label(label: &str) -> Self {
        let word = label.trim().to_lowercase();
        match word.replace(['-', ' '], "_").as_str() {
            "runbook" | "playbook" | "procedure" => Self::Runbook,
            "guide" | "how_to" | "best_practices" => Self::Guide,
            "troubleshooting" | "troubleshooting_guide" => Self::Troubleshooting,
            "article" | "documentation" => Self::Article,
            "reference" | "architecture_diagram" => Self::Reference,
            "faq" => Self::Faq,
            "post_mortem" | "incident_postmortem" => Self::PostMortem,
            _ => Self::Other,
        }
    }

    /// Returns the stored form, which is a label of the type too.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Runbook => "runbook",
            Self::Guide => "guide",
            Self::Troubleshooting => "troubleshooting",
            Self::Article => "article",
            Self::Reference => "reference",
            Self::Faq => "faq",
            Self::PostMortem => "post_mortem",
            Self::Other => "other",
        }
    }
}

/// What its writer says of a document, besides its text.
#[derive(Debug, Clone)]
pub(crate) struct Description {
    pub(crate) title: String,
    pub(crate) type_label: String,
    pub(crate) category: String,
    pub(crate) description: String,
    pub(crate) source_url: String,
    pub(crate) tags: Vec<String>,
    /// A JSON object.
    pub(crate) metadata: String,
    pub(crate) collection_ids: Vec<String>,
}

/// A document to store.
#[derive(Debug, Clone)]
pub(crate) struct NewDocument {
    pub(crate) scope: Scope,
    pub(crate) review: Review,
    pub(crate) description: Description,
    pub(crate) content: String,
}

/// What is to change of a document; what is absent stays.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes {
    pub(crate) title: Option<String>,
    pub(crate) content: Option<String>,
    pub(crate) type_label: Option<String>,
    pub(crate) category: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) source_url: Option<String>,
    pub(crate) tags: Option<TagChange>,
    pub(crate) metadata: Option<String>,
    pub(crate) collection_ids: Option<Vec<String>>,
    pub(crate) expected_version: Option<i32>,
}

/// What becomes of the tags.
#[derive(Debug, Clone)]
pub(crate) enum TagChange {
    Add(Vec<String>),
    Replace(Vec<String>),
}

impl Description {
    /// Applies what is to change.
    pub(crate) fn change(&mut self, changes: &Changes) -> Result<(), Fault> {
        replace(&mut self.title, &changes.title);
        replace(&mut self.type_label, &changes.type_label);
        replace(&mut self.category, &changes.category);
        replace(&mut self.description, &changes.description);
        replace(&mut self.source_url, &changes.source_url);
        replace(&mut self.metadata, &changes.metadata);
        if let Some(collection_ids) = &changes.collection_ids {
            self.collection_ids.clone_from(collection_ids);
        }
        match &changes.tags {
            None => {}
            Some(TagChange::Replace(tags)) => self.tags.clone_from(tags),
            Some(TagChange::Add(tags)) => {
                self.tags.extend_from_slice(tags);
                self.tags = checked_tags(&self.tags)?;
            }
        }
        Ok(())
    }
}

fn replace(value: &mut String, new: &Option<String>) {
    if let Some(new) = new {
        value.clone_from(new);
    }
}

/// Returns the tags without repetition, or a fault when they are too many or too long.
pub(crate) fn checked_tags(tags: &[String]) -> Result<Vec<String>, Fault> {
    let mut kept: Vec<String> = Vec::new();
    for tag in tags {
        let tag = checked_text("tags", tag, TAG_MAX)?;
        if kept.iter().any(|other| tag_key(other) == tag_key(&tag)) {
            continue;
        }
        if kept.len() == TAGS_MAX {
            let limit = format!("must be at most {TAGS_MAX} different ones");
            return Err(Fault::invalid("tags", limit));
        }
        kept.push(tag);
    }
    Ok(kept)
}

/// Returns the collections without repetition, or a fault when they are too many.
pub(crate) fn checked_collections(collection_ids: &[String]) -> Result<Vec<String>, Fault> {
    let mut kept: Vec<String> = Vec::new();
    for id in collection_ids {
        if !kept.contains(id) {
            kept.push(id.clone());
        }
    }
    if kept.len() > COLLECTIONS_MAX {
        let limit = format!("must be at most {COLLECTIONS_MAX} different ones");
        return Err(Fault::invalid("collection_ids", limit));
    }
    Ok(kept)
}

/// Returns the form in which tags are compared.
pub(crate) fn tag_key(tag: &str) -> String {
    tag.to_lowercase()
}

/// Returns whether `id` looks like the id of a document.
pub(crate) fn is_document_id(id: &str) -> bool {
    let is_of_uuid = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-');
    id.len() == 36 && id.bytes().all(is_of_uuid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_understood_in_any_spelling() {
        for (label, document_type) in [
            ("playbook", DocumentType::Runbook),
            ("How-To", DocumentType::Guide),
            ("Best Practices", DocumentType::Guide),
            ("troubleshooting_guide", DocumentType::Troubleshooting),
            ("documentation", DocumentType::Article),
            ("architecture_diagram", DocumentType::Reference),
            ("FAQ", DocumentType::Faq),
            ("incident_postmortem", DocumentType::PostMortem),
            ("haiku", DocumentType::Other),
            ("", DocumentType::Other),
        ] {
            assert_eq!(DocumentType::of_label(label), document_type, "{label}");
        }
    }

    #[test]
    fn the_stored_form_of_a_type_is_read_back() {
        for label in ["runbook", "guide", "troubleshooting", "article"] {
            assert_eq!(DocumentType::of_label(label).as_str(), label);
        }
        for label in ["reference", "faq", "post_mortem", "other"] {
            assert_eq!(DocumentType::of_label(label).as_str(), label);
        }
    }

    #[test]
    fn repeated_tags_are_kept_once() {
        let tags = ["db", " DB ", "pool"].map(str::to_owned);
        assert_eq!(checked_tags(&tags).unwrap(), ["db", "pool"]);
    }

    #[test]
    fn tags_are_limited_in_number_and_length() {
        let many: Vec<String> = (0..21).map(|tag| tag.to_string()).collect();
        assert!(checked_tags(&many[..20]).is_ok());
        assert!(checked_tags(&many).is_err());
        assert!(checked_tags(&["x".repeat(51)]).is_err());
        assert!(checked_tags(&[" ".to_owned()]).is_err());
    }
}
