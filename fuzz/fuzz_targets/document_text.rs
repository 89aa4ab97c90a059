#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| faultmaven_fuzz::document_text(data));
