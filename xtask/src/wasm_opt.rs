//! Shrinks the page's WASM with Binaryen's `wasm-opt`, if the machine has it.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::project::{on_path, output_of, read, say};

/// What rustc lets the compiler use for this target; an old wasm-opt must be told.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// The WASM made smaller, or as it was: a page is built without wasm-opt too.
pub fn shrink(wasm: Vec<u8>, scratch: &Path) -> Result<Vec<u8>> {
    let Some(program) = on_path("wasm-opt") else {
        say("wasm-opt is not on PATH: the page is some 8 % bigger (Debian: binaryen)");
        return Ok(wasm);
    };
    let (before, after) = (scratch.join("before.wasm"), scratch.join("after.wasm"));
    std::fs::write(&before, &wasm).with_context(|| format!("cannot write {}", before.display()))?;
    let mut command = Command::new(program);
    command
        .args(FEATURES)
        .args(["-Oz", "--strip-producers", "-o"])
        .args([&after, &before]);
    match output_of(&mut command) {
        Ok(_) => read(&after),
        Err(error) => {
            say(format!("the page stays as rustc made it: {error:#}"));
            Ok(wasm)
        }
    }
}
