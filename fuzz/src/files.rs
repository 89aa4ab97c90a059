//! Several files at once.

use faultmaven_analysis::{Analysis, Options, analyze, compare, overview, tie_findings};

use super::{citations, expect_verified, json, limited};

/// Between the files of one input; no text holds it.
const FILE_SEPARATOR: u8 = 0x1c;

const FILES_MAX: usize = 6;

/// What files show together is the same each time, and each place stands in the file that it names.
pub fn ties(data: &[u8]) {
    let files = limited(data).splitn(FILES_MAX, |byte| *byte == FILE_SEPARATOR);
    let files: Vec<(String, &[u8])> = files
        .enumerate()
        .map(|(at, bytes)| (format!("file-{at}"), bytes))
        .collect();
    let (together, again) = (tied(&files), tied(&files));
    for ((name, bytes), analysis) in files.iter().zip(&together) {
        for citation in citations(analysis) {
            expect_verified(bytes, citation, analysis.encoding);
        }
        for place in analysis.findings.iter().flat_map(|it| &it.elsewhere) {
            let at = files.iter().position(|(known, _)| *known == place.file);
            assert!(at.is_some(), "{name} names {}", place.file);
            let at = at.unwrap_or_default();
            expect_verified(files[at].1, &place.citation, together[at].encoding);
        }
    }
    let named: Vec<(&str, &Analysis)> = files
        .iter()
        .zip(&together)
        .map(|((name, _), analysis)| (name.as_str(), analysis))
        .collect();
    assert!(together.iter().map(json).eq(again.iter().map(json)));
    assert_eq!(overview(&named), overview(&named));
    let (good, bad) = named.split_at(1);
    for found in compare(good, bad) {
        assert!(found.significance.is_finite(), "{found:?}");
    }
}

/// Analyses of files that were laid beside each other.
fn tied(files: &[(String, &[u8])]) -> Vec<Analysis> {
    let mut analyses: Vec<Analysis> = files
        .iter()
        .map(|(_, bytes)| analyze(bytes, Options::default()))
        .collect();
    let mut named: Vec<(&str, &mut Analysis)> = files
        .iter()
        .zip(&mut analyses)
        .map(|((name, _), analysis)| (name.as_str(), analysis))
        .collect();
    tie_findings(&mut named);
    analyses
}
