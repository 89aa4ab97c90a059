//! Every saved input of the fuzzer keeps what must hold for any bytes.

use std::fs;
use std::path::{Path, PathBuf};

#[path = "../../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "the fuzzer's crate has it as its library")]
mod checks;

/// The corpus that the tests of that crate run.
const OF_DOCUMENTS: &str = "document_text";

#[test]
fn every_saved_input_passes_its_check() {
    for (target, check) in checks::TARGETS {
        let files = saved(target);
        assert!(!files.is_empty(), "{target} has no saved input");
        for file in files {
            println!("{}", file.display());
            check(&fs::read(&file).unwrap());
        }
    }
}

#[test]
fn no_input_is_saved_for_a_target_that_is_not_there() {
    for entry in fs::read_dir(corpus()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name == OF_DOCUMENTS {
            continue;
        }
        assert!(checks::TARGETS.iter().any(|it| it.0 == name), "{name}");
    }
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus")
}

fn saved(target: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(corpus().join(target)).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    files
}
