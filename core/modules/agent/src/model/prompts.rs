//! The texts that models are instructed with.

use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

const INSTRUCTIONS: &str = include_str!("../prompts/investigate.md");
/// What a model is told besides when its window is large enough.
const LEDGER: &str = include_str!("../prompts/ledger.md");
const CORRECTION: &str = include_str!("../prompts/correct.md");
/// As many digits of a hash as tell texts apart.
const VERSION_DIGITS: usize = 12;

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let texts = [INSTRUCTIONS, LEDGER, CORRECTION].concat();
    let mut version = hex::encode(Sha256::digest(texts));
    version.truncate(VERSION_DIGITS);
    version
});

/// Returns what tells these texts from others: the beginning of their hash.
pub(crate) fn version() -> &'static str {
    &VERSION
}

/// Returns the instructions of a conversation.
pub(crate) fn instructions(is_small: bool) -> String {
    match is_small {
        true => INSTRUCTIONS.to_owned(),
        false => format!("{INSTRUCTIONS}\n{LEDGER}"),
    }
}

/// Asks for another answer, for these are the faults of the first.
pub(crate) fn correction(faults: &[String]) -> String {
    CORRECTION.replace("{faults}", &faults.join("\n"))
}
