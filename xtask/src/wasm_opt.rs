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

/// What wasm-opt does. Rust puts the stack below all else, so that no value ever stands at an
/// address near zero, and small offsets may become part of the instructions.
const WORK: [&str; 11] = [
    // Control flow in one manner compresses better than the fewest bytes.
    "--flatten",
    "--rereloop",
    "-Oz",
    "--converge",
    // And so do values in one manner.
    "--flatten",
    "--simplify-locals-notee-nostructure",
    "--local-cse",
    "-Oz",
    "--low-memory-unused",
    "--strip-producers",
    "--strip-target-features",
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
        .args(WORK)
        .arg("-o")
        .args([&after, &before]);
    match output_of(&mut command) {
        Ok(_) => match with_tables_of(&wasm, read(&after)?) {
            Some(shrunk) => Ok(shrunk),
            None => {
                say("the page stays as rustc made it: wasm-opt mixed up its tables");
                Ok(wasm)
            }
        },
        Err(error) => {
            say(format!("the page stays as rustc made it: {error:#}"));
            Ok(wasm)
        }
    }
}

/// wasm-opt 108 (Debian 12) exports every table as table 0, and a page whose `externref` table is
/// not the one it takes for it does not start. This sets the indices right again; none if what
/// came out can't be understood.
fn with_tables_of(before: &[u8], mut after: Vec<u8>) -> Option<Vec<u8>> {
    let wanted = table_exports(before)?;
    for export in table_exports(&after)? {
        let index = wanted.iter().find(|other| other.name == export.name)?.index;
        // One byte each: as LEB128 numbers below 128 are.
        if index >= 0x80 || export.index >= 0x80 {
            return None;
        }
        *after.get_mut(export.position)? = index;
    }
    Some(after)
}

/// A table that a module exports.
#[derive(Debug, PartialEq, Eq)]
struct TableExport {
    name: Vec<u8>,
    /// The first byte of its index, and where that stands in the module.
    index: u8,
    position: usize,
}

/// The tables in a module's export section (WebAssembly Core, sections 5.5.2 and 5.5.10).
fn table_exports(wasm: &[u8]) -> Option<Vec<TableExport>> {
    const HEADER_BYTES: usize = 8;
    const EXPORT_SECTION: u8 = 7;
    const TABLE: u8 = 1;
    let mut found = Vec::new();
    let mut at = HEADER_BYTES;
    while at < wasm.len() {
        let section = *wasm.get(at)?;
        at += 1;
        let size = number(wasm, &mut at)?;
        let end = at.checked_add(size)?;
        if section == EXPORT_SECTION {
            for _ in 0..number(wasm, &mut at)? {
                let length = number(wasm, &mut at)?;
                let name = wasm.get(at..at.checked_add(length)?)?.to_vec();
                at += length;
                let kind = *wasm.get(at)?;
                at += 1;
                let position = at;
                number(wasm, &mut at)?;
                if kind == TABLE {
                    let index = *wasm.get(position)?;
                    found.push(TableExport {
                        name,
                        index,
                        position,
                    });
                }
            }
        }
        at = end;
    }
    Some(found)
}

/// An unsigned LEB128 number.
fn number(bytes: &[u8], at: &mut usize) -> Option<usize> {
    let mut value: usize = 0;
    for shift in (0..35).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= usize::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with only an export section: a memory `m`, then a table `t`.
    fn module(table: u8) -> Vec<u8> {
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        wasm.extend([7, 9, 2, 1, b'm', 2, 0, 1, b't', 1, table]);
        wasm
    }

    #[test]
    fn tables_get_their_own_index_back() {
        assert_eq!(with_tables_of(&module(1), module(0)), Some(module(1)));
        assert_eq!(with_tables_of(&module(1), module(1)), Some(module(1)));
        let mut cut = module(1);
        cut.pop();
        assert_eq!(with_tables_of(&module(1), cut), None);
    }
}
