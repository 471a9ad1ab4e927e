//! The linker of the page's WASM: this program, which runs the toolchain's own one without what a
//! library exports but the page never calls. Only a linker can leave out all that such a function
//! needs; once the WASM is linked, nobody knows any more what a table of methods was for.

use std::ffi::{OsStr, OsString};
use std::process::{Command, ExitCode};

/// The variable that names the toolchain's own linker to this program.
pub const LINKER: &str = "CRABCALL_LINKER";

/// Part of the names of what `wasm-streams` exports to JavaScript: the streams of Leptos' server
/// functions, of which the page has none.
const NEVER_CALLED: &str = "intounderlying";

/// Links, if rustc has called this program for that.
pub fn run() -> Option<ExitCode> {
    let linker = std::env::var_os(LINKER)?;
    let args = called(std::env::args_os().skip(1));
    let failed = |what: String| {
        eprintln!("xtask: {}: {what}", linker.display());
        ExitCode::FAILURE
    };
    Some(match Command::new(&linker).args(args).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(status) => failed(status.to_string()),
        Err(error) => failed(error.to_string()),
    })
}

/// The linker's arguments without exports that are never called.
fn called(args: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut kept: Vec<OsString> = Vec::new();
    for arg in args {
        let is_name = kept
            .last()
            .is_some_and(|last| last == OsStr::new("--export"));
        if is_name && arg.to_string_lossy().contains(NEVER_CALLED) {
            kept.pop();
        } else {
            kept.push(arg);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_never_called_is_not_exported() {
        let args = "-flavor wasm --export start --export __wbg_intounderlyingsink_free_0a \
                    --export main intounderlying.o -o web.wasm";
        let args = args.split_whitespace().map(OsString::from);
        let kept = "-flavor wasm --export start --export main intounderlying.o -o web.wasm";
        assert_eq!(called(args).join(OsStr::new(" ")), kept);
    }
}
