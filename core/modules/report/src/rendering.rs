//! The forms in which one report can be read.

use serde_json::json;

use crate::error::Error;
use crate::report::Written;
use crate::{html, markdown, pdf};

/// A form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Markdown,
    Html,
    Pdf,
    Json,
}

/// A report as a file.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) media_type: &'static str,
    pub(crate) content: Vec<u8>,
}

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Json => "json",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
            Self::Pdf => "application/pdf",
            Self::Json => "application/json",
        }
    }
}

/// Returns a report as a file; all forms are made from the same blocks.
pub(crate) fn render(written: &Written, format: Format) -> Result<File, Error> {
    let Written { report, document } = written;
    let content = match format {
        Format::Markdown => markdown::render(document).into_bytes(),
        Format::Html => html::render(&report.title, document).into_bytes(),
        Format::Pdf => pdf::render(
            &pdf::Imprint {
                title: &report.title,
                report_id: &report.report_id,
                created_at: report.created_at,
            },
            document,
        )?,
        Format::Json => json(written)?,
    };
    let kind = report.kind.as_str();
    Ok(File {
        name: format!(
            "{}-{kind}-v{}.{}",
            report.case_id,
            report.version,
            format.extension()
        ),
        media_type: format.media_type(),
        content,
    })
}

fn json(Written { report, document }: &Written) -> Result<Vec<u8>, Error> {
    Ok(serde_json::to_vec_pretty(&json!({
        "report_id": report.report_id,
        "case_id": report.case_id,
        "report_type": report.kind.as_str(),
        "version": report.version,
        "title": report.title,
        "case_version": report.case_version,
        "created_by": report.created_by,
        "created_at": report.created_at,
        "blocks": document.blocks,
    }))?)
}
