//! A report as a row and back.

use crate::entity::report::{Model, Outline};
use crate::error::Error;
use crate::report::{Kind, Report, Written};

impl TryFrom<Written> for Model {
    type Error = Error;

    fn try_from(Written { report, document }: Written) -> Result<Self, Error> {
        Ok(Self {
            report_id: report.report_id,
            case_id: report.case_id,
            report_type: report.kind.as_str().to_owned(),
            version: report.version,
            title: report.title,
            document: serde_json::to_string(&document)?,
            case_version: report.case_version,
            created_by: report.created_by,
            created_at: report.created_at,
        })
    }
}

impl TryFrom<Model> for Written {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self, Error> {
        let document = serde_json::from_str(&row.document)
            .map_err(|_| Error::Corrupt(format!("document of {}", row.report_id)))?;
        let report = Report::try_from(Outline {
            report_id: row.report_id,
            case_id: row.case_id,
            report_type: row.report_type,
            version: row.version,
            title: row.title,
            case_version: row.case_version,
            created_by: row.created_by,
            created_at: row.created_at,
        })?;
        Ok(Self { report, document })
    }
}

impl TryFrom<Outline> for Report {
    type Error = Error;

    fn try_from(row: Outline) -> Result<Self, Error> {
        let kind = Kind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == row.report_type)
            .ok_or_else(|| Error::Corrupt(format!("type of {}", row.report_id)))?;
        Ok(Self {
            report_id: row.report_id,
            case_id: row.case_id,
            kind,
            version: row.version,
            title: row.title,
            case_version: row.case_version,
            created_by: row.created_by,
            created_at: row.created_at,
        })
    }
}
