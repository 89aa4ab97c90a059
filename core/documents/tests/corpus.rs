//! Every saved document of the fuzzer keeps what must hold for any bytes.

use std::fs;
use std::path::Path;

#[path = "../../../fuzz/src/document_text.rs"]
#[expect(unreachable_pub, reason = "the fuzzer's target has it as its own")]
mod check;

#[test]
fn every_saved_document_passes_its_check() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/document_text");
    let mut seen = 0;
    for entry in fs::read_dir(corpus).unwrap() {
        check::document_text(&fs::read(entry.unwrap().path()).unwrap());
        seen += 1;
    }
    assert!(seen >= 3, "{seen}");
}
