//! Runs wasm-bindgen as a library: from the compiler's WASM to glue, snippets and WASM.

use std::path::Path;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::project::{files_below, read, read_text};

const STEM: &str = "app";

/// What a browser needs to run the crate.
#[derive(Debug, Default)]
pub struct Bound {
    /// An ES module without exports, for something at its end to start the WASM.
    pub glue: String,
    /// The modules that the glue imports: the path as the glue has it, and the text.
    pub snippets: Vec<(String, String)>,
    pub wasm: Vec<u8>,
}

/// Binds `input` for the web; `scratch` is a folder that may be emptied.
pub fn bind(input: &Path, scratch: &Path, keep_names: bool) -> Result<Bound> {
    if scratch.exists() {
        std::fs::remove_dir_all(scratch)
            .with_context(|| format!("cannot empty {}", scratch.display()))?;
    }
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(input)
        .out_name(STEM)
        .typescript(false)
        .demangle(keep_names)
        .remove_name_section(!keep_names)
        .remove_producers_section(true)
        .web(true)
        .and_then(|bindgen| bindgen.generate(scratch))
        .with_context(|| format!("wasm-bindgen cannot bind {}", input.display()))?;

    let snippets = scratch.join("snippets");
    let snippets = files_below(&snippets)?
        .into_iter()
        .map(|file| {
            let path = file.strip_prefix(scratch).unwrap_or(&file);
            let path = path.to_string_lossy().replace('\\', "/");
            Ok((format!("./{path}"), read_text(&file)?))
        })
        .collect::<Result<_>>()?;
    Ok(Bound {
        glue: read_text(&scratch.join(format!("{STEM}.js")))?,
        snippets,
        wasm: read(&scratch.join(format!("{STEM}_bg.wasm")))?,
    })
}
