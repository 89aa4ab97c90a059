//! A zip that holds nothing but names and content: no times, no owners, a fixed order.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use super::Files;
use crate::error::Error;

const LEVEL: i64 = 6;

/// Returns the zip of `files`.
pub(super) fn zip(files: &Files) -> Result<Vec<u8>, Error> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        .last_modified_time(DateTime::default())
        .system(System::Unix)
        .unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in files {
        writer.start_file(path.as_str(), options)?;
        writer
            .write_all(content)
            .map_err(zip::result::ZipError::from)?;
    }
    Ok(writer.finish()?.into_inner())
}
