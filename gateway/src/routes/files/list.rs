//! Lists that clients read whole and modules hand out in pages.

use faultmaven_kit::Ctx;
use faultmaven_proto::evidence::v1 as proto;

use crate::problem::Problem;
use crate::state::App;

const PAGE_SIZE: i32 = 100;

/// Returns up to `limit` files of a case from `offset` on, newest first, and how many there are.
pub(crate) async fn files_of(
    app: &App,
    ctx: &Ctx,
    case_id: &str,
    offset: i32,
    limit: usize,
) -> Result<(Vec<proto::UploadedFile>, i64), Problem> {
    let mut files = Vec::new();
    let mut request = proto::ListFilesRequest {
        case_id: case_id.to_owned(),
        page_size: i32::try_from(limit).unwrap_or(PAGE_SIZE).min(PAGE_SIZE),
        offset,
        ..Default::default()
    };
    loop {
        let asked = ctx.request(request.clone());
        let page = app.evidence().list_files(asked).await?.into_inner();
        files.extend(page.files);
        if page.next_page_token.is_empty() || files.len() >= limit {
            files.truncate(limit);
            return Ok((files, page.total_size));
        }
        request.page_token = page.next_page_token;
        request.offset = 0;
    }
}

/// Returns all evidence of a case that counts, newest first.
pub(crate) async fn all_evidence(
    app: &App,
    ctx: &Ctx,
    case_id: &str,
) -> Result<Vec<proto::Evidence>, Problem> {
    let mut evidence = Vec::new();
    let mut request = proto::ListEvidenceRequest {
        case_id: case_id.to_owned(),
        page_size: PAGE_SIZE,
        ..Default::default()
    };
    loop {
        let asked = ctx.request(request.clone());
        let page = app.evidence().list_evidence(asked).await?.into_inner();
        evidence.extend(page.evidence);
        if page.next_page_token.is_empty() {
            return Ok(evidence);
        }
        request.page_token = page.next_page_token;
    }
}
