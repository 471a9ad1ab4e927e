//! One engine, and anything that a server, a browser and a person can do to it, in any order: no
//! panic, nothing unbounded, and the engine keeps its own side of the contract.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| sim::abuse(bytes));
