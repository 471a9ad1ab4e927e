//! `tidy`: proves what reviewers should not have to look for. Each rule is one function from what
//! it reads to the problems it found, and a test shows that it can fail.

mod code;
mod docs;
mod graph;
mod imports;
mod modules;
mod sources;

use anyhow::{Result, bail};

use crate::project::Project;
use graph::{Chains, Graph};
use sources::Tree;

/// The command: prints every problem, and fails if there is one.
pub fn run(project: &Project) -> Result<()> {
    let tree = Tree::read(project)?;
    let graph = Graph::read(project)?;
    let cores: Vec<Chains> = imports::pure_crates(&graph)
        .map(|name| Chains::read(project, name))
        .collect::<Result<_>>()?;
    let rules: [(&str, Vec<String>); 15] = [
        (
            "our crates import what the design allows",
            imports::between_our_crates(&graph),
        ),
        ("the wire imports serde only", imports::of_the_wire(&graph)),
        (
            "cores reach no runtime, socket or browser",
            imports::of_the_cores(&cores),
        ),
        (
            "cores have no clock, thread, randomness or hash order",
            sources::pure_cores(&tree),
        ),
        (
            "no two modules import each other",
            modules::no_circles(&tree),
        ),
        (
            "every crate forbids unsafe code",
            sources::unsafe_is_forbidden(&tree),
        ),
        ("files are small", sources::small_files(&tree)),
        ("nothing is left to do", sources::nothing_left_to_do(&tree)),
        (
            "no lint is silenced without a reason",
            sources::silenced_lints(&tree),
        ),
        ("no path of one machine", sources::machine_paths(&tree)),
        (
            "no host of a package registry",
            sources::registry_hosts(&tree),
        ),
        (
            "documents name files that exist",
            docs::named_files(&tree, |path| project.root.join(path).exists()),
        ),
        (
            "documents name commands that exist",
            docs::named_commands(&tree, &crate::COMMANDS),
        ),
        (
            "ARCHITECTURE.md lists every dependency",
            docs::dependency_table(&tree, &graph),
        ),
        (
            "every promise of CHANGELOG.md has its tests",
            docs::promises_have_tests(&tree),
        ),
    ];
    let mut problems = 0;
    for (rule, found) in &rules {
        for problem in found {
            println!("tidy: {problem} [{rule}]");
        }
        problems += found.len();
    }
    if problems > 0 {
        bail!("tidy found {problems} problems; the lines above say where");
    }
    println!("tidy: {} rules hold", rules.len());
    Ok(())
}
