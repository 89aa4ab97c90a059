#![no_main]

#[path = "../src/document_text.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check::document_text(data));
