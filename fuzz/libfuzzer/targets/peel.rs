//! Any bytes, as a blob that nothing is known of.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    candor_fuzz::run("peel", input);
});
