//! Writes a constant for each English text, so that the use of a text that does not exist is an error of
//! the compiler, and a text that is never used is a warning.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::{env, fs, path::Path};

const ENGLISH: &str = "locales/en.json";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={ENGLISH}");
    let texts: BTreeMap<String, String> = serde_json::from_str(&fs::read_to_string(ENGLISH)?)?;
    let mut constants = String::new();
    for (key, text) in texts {
        writeln!(constants, "pub(crate) const {key}: &str = {text:?};")?;
    }
    let out = env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("english.rs"), constants)?;
    Ok(())
}
