//! Runs wasm-bindgen as a library: from the compiler's WASM to glue, snippets and WASM.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::glue::{self, Names};
use crate::project::{files_below, read, read_text};
use crate::unused::{mentions, without_unused};

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
    let mut output = bindgen
        .input_path(input)
        .out_name(STEM)
        .typescript(false)
        .demangle(keep_names)
        .remove_name_section(!keep_names)
        .remove_producers_section(true)
        .web(true)
        .and_then(Bindgen::generate_output)
        .with_context(|| format!("wasm-bindgen cannot bind {}", input.display()))?;
    let mut names = Names::default();
    let mut is_imported = BTreeSet::new();
    let mut numbered = Vec::new();
    if !keep_names {
        let whole = output.js().to_owned();
        let wasm = output.wasm_mut();
        leave_out(wasm, &without_unused(&whole, |_| true));
        is_imported.extend(wasm.imports.iter().map(|import| import.name.clone()));
        numbered = number_imports(wasm, &whole)?;
        wasm.exports
            .iter_mut()
            .for_each(|export| names.shorten(&mut export.name));
    }
    output
        .emit(scratch)
        .context("wasm-bindgen cannot write what it made")?;
    let glue = read_text(&scratch.join(format!("{STEM}.js")))?;

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
        glue: if keep_names {
            glue
        } else {
            let glue = without_unused(&glue, |name| is_imported.contains(name));
            if glue::listed(&glue)? != numbered {
                bail!("wasm-bindgen's glue lists its imports in another order than before");
            }
            names.apply(&glue::as_list(&glue)?)?
        },
        snippets,
        wasm: read(&scratch.join(format!("{STEM}_bg.wasm")))?,
    })
}

/// Names what the WASM imports from its glue by its place in the glue's list. Returns the old names
/// in this order.
fn number_imports(wasm: &mut walrus::Module, glue: &str) -> Result<Vec<String>> {
    let from = format!("./{STEM}_bg.js");
    let mut imports = Vec::new();
    for import in wasm.imports.iter_mut().filter(|it| it.module == from) {
        let entry = glue.find(&format!("{}: function(", import.name));
        let place = entry.with_context(|| format!("the glue does not list {}", import.name))?;
        imports.push((place, import));
    }
    imports.sort_by_key(|(place, _)| *place);
    let numbered = imports.into_iter().enumerate();
    let names = numbered
        .map(|(number, (_, import))| std::mem::replace(&mut import.name, number.to_string()));
    Ok(names.collect())
}

/// Takes out of the WASM what the glue does not call, and what only that needs.
fn leave_out(wasm: &mut walrus::Module, glue: &str) {
    let unused: Vec<_> = wasm
        .exports
        .iter()
        .filter(|export| !mentions(glue, &export.name))
        .map(|export| export.id())
        .collect();
    for export in unused {
        wasm.exports.delete(export);
    }
    walrus::passes::gc::run(wasm);
}
