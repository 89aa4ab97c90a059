//! Names a case after what it is about.

use std::sync::Arc;

use faultmaven_kit::Ctx;
use faultmaven_proto::case::v1 as pb;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::{Shared, accessible, changeable};
use crate::access::Access;
use crate::case::{Case, first_words};
use crate::error::CaseError;
use crate::limits::{RECENT_MESSAGES, TITLE_WORDS_MIN};
use crate::request::TitleWish;
use crate::store::owners::OwnerChange;
use crate::store::{cases, messages, owners};
use crate::vocabulary::{MessageKind, TitleSource, Word as _};

/// Names a case, unless its owner did or there is too little to go on.
pub(crate) async fn generate(
    shared: &Shared,
    ctx: &Ctx,
    wish: TitleWish,
) -> Result<pb::GenerateTitleResponse, CaseError> {
    let db = shared.db.read();
    let case = accessible(db, ctx, &wish.case_id, Access::Write).await?;
    if case.title_source == TitleSource::User {
        return Ok(pb::GenerateTitleResponse {
            title: case.title,
            generated: false,
        });
    }
    let said = questions(db, &case.case_id).await?;
    let Some(title) = title(&case, &said, &wish) else {
        return Ok(pb::GenerateTitleResponse::default());
    };
    let now = shared.clock.now();
    let context = Arc::new((ctx.clone(), case.case_id, title));
    let case = shared.db.write(move |db| {
        let context = Arc::clone(&context);
        Box::pin(async move {
            let (ctx, case_id, title) = &*context;
            rename(db, ctx, case_id, title, now).await
        })
    });
    let case = case.await?;
    Ok(pb::GenerateTitleResponse {
        generated: case.title_source == TitleSource::Generated,
        title: case.title,
    })
}

async fn questions<C: ConnectionTrait>(db: &C, case_id: &str) -> Result<Vec<String>, CaseError> {
    let rows = messages::from_ordinal(db, case_id, 1, RECENT_MESSAGES).await?;
    let asked = rows
        .into_iter()
        .filter(|row| row.kind == MessageKind::UserQuery.as_str());
    Ok(asked.map(|row| row.content).collect())
}

/// Returns a title from the first text that says enough.
fn title(case: &Case, said: &[String], wish: &TitleWish) -> Option<String> {
    let statement = case.overview.statement.newest_text();
    [statement, &case.description]
        .into_iter()
        .chain(said.iter().map(String::as_str))
        .chain([wish.hint.as_str()])
        .find(|text| text.split_whitespace().count() >= TITLE_WORDS_MIN)
        .map(|text| first_words(text, wish.max_words))
        .filter(|title| !title.is_empty())
}

async fn rename(
    db: &DatabaseTransaction,
    ctx: &Ctx,
    case_id: &str,
    title: &str,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Case, CaseError> {
    let mut case = changeable(db, ctx, case_id, Access::Write).await?;
    let before = (case.title.clone(), case.title_source);
    case.rename(title.to_owned());
    if before != (case.title.clone(), case.title_source) {
        case.touch(now);
        cases::save(db, &case).await?;
        owners::changed(db, &case.owner_id, OwnerChange::default()).await?;
    }
    Ok(case)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::tests::case;
    use crate::vocabulary::Proposer;

    fn wish(hint: &str) -> TitleWish {
        TitleWish {
            case_id: "case_1".into(),
            max_words: 4,
            hint: hint.into(),
        }
    }

    #[test]
    fn the_statement_names_a_case_before_what_was_said() {
        let mut case = case();
        let said = [
            "hello".to_owned(),
            "Why is checkout so slow today?".to_owned(),
        ];
        assert_eq!(title(&case, &said, &wish("")).unwrap(), "Why is checkout…");
        let text = "checkout answers 500 since 14:05";
        case.overview
            .statement
            .propose(text.into(), Proposer::Analyst);
        assert_eq!(
            title(&case, &said, &wish("")).unwrap(),
            "checkout answers 500…"
        );
    }

    #[test]
    fn a_greeting_is_too_little_to_go_on_and_a_hint_may_help() {
        let said = ["hello".to_owned()];
        assert_eq!(title(&case(), &said, &wish("")), None);
        assert_eq!(
            title(&case(), &said, &wish("EU checkout outage")).unwrap(),
            "EU checkout outage"
        );
    }
}
