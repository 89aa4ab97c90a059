#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| faultmaven_fuzz::ties(data));
