//! Moves documents through their review.

use super::{ATTEMPTS, Library, Stored, require_version};
use crate::access::{Writer, scope_of};
use crate::error::Error;
use crate::review::{Review, Verdict};

impl Library {
    /// Moves a document to another state; returns it, and the state it had.
    pub(crate) async fn review(
        &self,
        writer: &Writer,
        document_id: &str,
        verdict: &Verdict,
    ) -> Result<(Stored, Review), Error> {
        for _ in 0..ATTEMPTS {
            let read = self.get(&writer.filter, document_id).await?;
            writer.require(&scope_of(&read.document.scope_key))?;
            require_version(&read.document, verdict.expected_version)?;
            match self.pass(writer, read, verdict).await {
                Err(Error::Overtaken) => {}
                outcome => return outcome,
            }
        }
        Err(Error::Overtaken)
    }

    async fn pass(
        &self,
        writer: &Writer,
        read: Stored,
        verdict: &Verdict,
    ) -> Result<(Stored, Review), Error> {
        let Stored {
            mut document,
            content,
        } = read;
        let (from, to) = (Review::of_stored(&document.review), verdict.review);
        if !from.next().contains(&to) {
            return Err(Error::IllegalReview { from, to });
        }
        let revision = document.revision;
        document.revision += 1;
        document.review = to.as_str().to_owned();
        document.review_reason.clone_from(&verdict.reason);
        document.reviewer_id = writer.user_id().to_owned();
        document.reviewed_at = Some(self.clock.now());
        let replaced = self
            .store
            .replace(&writer.filter, revision, document.clone(), None);
        replaced.await?;
        Ok((Stored { document, content }, from))
    }
}
