//! Pictures: how large they are, and the text that an installed program recognises in them.

use std::ffi::OsStr;
use std::time::Duration;

use crate::process::{RunError, run};
use crate::{DOCUMENT_MAX_BYTES, DocumentError, DocumentText, TEXT_MAX_BYTES};

/// Points of a picture beyond which nobody tries to recognise text.
const POINTS_MAX: u64 = 100_000_000;

/// The size of a picture in points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureSize {
    pub width: u64,
    pub height: u64,
}

/// Returns the size that the first bytes of a picture tell.
pub fn picture_size(head: &[u8]) -> Option<PictureSize> {
    let size = imagesize::blob_size(head).ok()?;
    Some(PictureSize {
        width: size.width as u64,
        height: size.height as u64,
    })
}

/// Returns the text that `recogniser`, which is called as tesseract is, sees in a picture.
pub(crate) fn text(
    content: &[u8],
    recogniser: &OsStr,
    time: Duration,
) -> Result<DocumentText, DocumentError> {
    if content.len() > DOCUMENT_MAX_BYTES {
        return Err(DocumentError::TooLarge);
    }
    let size = picture_size(content).ok_or(DocumentError::Damaged)?;
    if size.width.saturating_mul(size.height) > POINTS_MAX {
        return Err(DocumentError::TooDemanding);
    }
    let arguments = [OsStr::new("stdin"), OsStr::new("stdout")];
    let seen = run(recogniser, &arguments, content, time, TEXT_MAX_BYTES);
    let seen = seen.map_err(|error| match error {
        RunError::NotFound | RunError::NotStarted(_) => DocumentError::NoRecogniser,
        RunError::TooSlow => DocumentError::TooSlow,
        RunError::TooLong | RunError::Killed => DocumentError::TooDemanding,
        RunError::Failed => DocumentError::Damaged,
    })?;
    let text = String::from_utf8_lossy(&seen).replace('\u{c}', "");
    if text.trim().is_empty() {
        return Err(DocumentError::NothingRecognised);
    }
    Ok(DocumentText {
        text,
        ..DocumentText::default()
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut picture = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        picture.extend(width.to_be_bytes());
        picture.extend(height.to_be_bytes());
        picture.extend([8, 2, 0, 0, 0]);
        picture
    }

    #[test]
    fn a_picture_tells_its_size() {
        let size = PictureSize {
            width: 640,
            height: 480,
        };
        assert_eq!(picture_size(&png(640, 480)), Some(size));
        assert_eq!(picture_size(b"\x89PNG\r\n\x1a\n"), None);
    }

    #[test]
    fn the_installed_program_reads_pictures_of_a_sane_size() {
        let folder = tempfile::tempdir().unwrap();
        let stand_in = folder.path().join("tesseract");
        fs::write(
            &stand_in,
            "#!/bin/sh\nwc -c; printf 'ERROR pool empty\\n\\f'\n",
        )
        .unwrap();
        fs::set_permissions(&stand_in, fs::Permissions::from_mode(0o755)).unwrap();
        let seen = text(&png(640, 480), stand_in.as_os_str(), LONG).unwrap();
        assert_eq!(seen.text.trim_start(), "29\nERROR pool empty\n");
        let huge = text(&png(60_000, 60_000), stand_in.as_os_str(), LONG);
        assert_eq!(huge, Err(DocumentError::TooDemanding));
        let absent = text(&png(1, 1), OsStr::new("/no/tesseract"), LONG);
        assert_eq!(absent, Err(DocumentError::NoRecogniser));
        let blank = text(&png(1, 1), OsStr::new("true"), LONG);
        assert_eq!(blank, Err(DocumentError::NothingRecognised));
    }
}
