//! `build-web`: the page from its sources, as a folder that the program embeds.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;

use crate::page::{self, Bundles, Sources};
use crate::project::{Project, run as run_command, say};
use crate::wasm_bindgen::{self, Bound};
use crate::wasm_opt;
use crate::wasm_std::{TARGET, WasmStd};

/// How much work goes into a small page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// As small as it gets: what is given to visitors.
    Smallest,
    /// The same without wasm-opt.
    NoWasmOpt,
    /// Quick to build and with names in its traces: for `watch`.
    Quick,
}

impl Effort {
    fn profile(self) -> &'static str {
        match self {
            Self::Smallest | Self::NoWasmOpt => "page",
            Self::Quick => "page-dev",
        }
    }
}

/// The command: builds the page and prints what it weighs.
pub fn run(project: &Project, wasm_opt: bool) -> Result<()> {
    let effort = if wasm_opt {
        Effort::Smallest
    } else {
        Effort::NoWasmOpt
    };
    let page = build(project, effort)?;
    print!("{}", page::table(&page));
    println!("{}", project.page_dir().display());
    Ok(())
}

/// Builds the page into the project's page folder; files that stay the same are left alone.
pub fn build(project: &Project, effort: Effort) -> Result<Vec<page::File>> {
    let start = Instant::now();
    let std = WasmStd::ensure()?;
    let bundles = Bundles {
        app: bundle(project, effort, &std, "web")?,
        on_use: vec![("check", bundle(project, effort, &std, "check")?)],
    };
    let sources = Sources::read(&project.root.join("crates"))?;
    let files = page::assemble(&sources, bundles)?;
    let compress = effort != Effort::Quick;
    let files = page::write(&project.page_dir(), files, compress)?;
    say(format!(
        "the page is built ({:.1} s)",
        start.elapsed().as_secs_f32()
    ));
    Ok(files)
}

/// Compiles one of the page's crates and binds it to JavaScript.
fn bundle(project: &Project, effort: Effort, std: &WasmStd, name: &str) -> Result<Bound> {
    let mut cargo = project.cargo();
    cargo.args(["rustc", "-p", name, "--lib", "--crate-type", "cdylib"]);
    cargo.args(["--profile", effort.profile()]);
    std.apply(&mut cargo);
    if effort != Effort::Quick {
        let flags = flags(&project.root);
        cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1F}"));
    }
    run_command(&mut cargo, &format!("building the page: {name}"))?;

    let built = project
        .target
        .join(TARGET)
        .join(effort.profile())
        .join(format!("{name}.wasm"));
    let scratch = project.target.join("wasm-bindgen");
    let mut bound = wasm_bindgen::bind(&built, &scratch, effort == Effort::Quick)?;
    if effort == Effort::Smallest {
        bound.wasm = wasm_opt::shrink(bound.wasm, &scratch)?;
    }
    Ok(bound)
}

/// What rustc is told for the page that visitors get.
fn flags(root: &Path) -> Vec<String> {
    let mut flags = vec![
        // Some 6 kB of unrolled loops less; the page hashes once for each call.
        "--cfg=sha2_backend_soft=\"compact\"".to_owned(),
        // The page must not tell where it was built.
        format!("--remap-path-prefix={}=crabcall", root.display()),
    ];
    let home = |name: &str, otherwise: &str| {
        let own = std::env::var_os(name).map(PathBuf::from);
        own.or_else(|| Some(std::env::home_dir()?.join(otherwise)))
    };
    for (folder, short) in [
        (home("CARGO_HOME", ".cargo"), "cargo"),
        (home("RUSTUP_HOME", ".rustup"), "rustup"),
    ] {
        flags.extend(folder.map(|it| format!("--remap-path-prefix={}={short}", it.display())));
    }
    flags
}
