//! `build-web`: the page from its sources, as a folder that the program embeds.

use std::time::Instant;

use anyhow::Result;

use crate::page::{self, Sources};
use crate::project::{Project, run as run_command, say};
use crate::wasm_std::{TARGET, WasmStd};
use crate::{wasm_bindgen, wasm_opt};

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
    let mut cargo = project.cargo();
    cargo.args(["rustc", "-p", "web", "--lib", "--crate-type", "cdylib"]);
    cargo.args(["--profile", effort.profile()]);
    std.apply(&mut cargo);
    run_command(&mut cargo, "building the page")?;

    let built = project
        .target
        .join(TARGET)
        .join(effort.profile())
        .join("web.wasm");
    let scratch = project.target.join("wasm-bindgen");
    let mut bound = wasm_bindgen::bind(&built, &scratch, effort == Effort::Quick)?;
    if effort == Effort::Smallest {
        bound.wasm = wasm_opt::shrink(bound.wasm, &scratch)?;
    }
    let sources = Sources::read(&project.root.join("crates/web"))?;
    let files = page::assemble(&sources, bound)?;
    let compress = effort != Effort::Quick;
    let files = page::write(&project.page_dir(), files, compress)?;
    say(format!(
        "the page is built ({:.1} s)",
        start.elapsed().as_secs_f32()
    ));
    Ok(files)
}
