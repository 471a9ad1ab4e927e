//! The import table of the design.

use super::graph::{Chains, Graph};

/// The crates that are pure: time comes in as an argument and what is to be done goes out.
pub const CORES: [&str; 6] = ["room", "signalling", "call", "diagnosis", "turn", "sfu"];

/// Which of our crates each of our crates may import. `crabcall` is the server.
const TABLE: [(&str, &[&str]); 15] = [
    ("protocol", &[]),
    ("room", &["protocol"]),
    ("signalling", &["protocol"]),
    ("call", &["protocol", "signalling"]),
    ("diagnosis", &["protocol", "signalling"]),
    ("turn", &["protocol"]),
    ("sfu", &["protocol"]),
    ("crabcall", &["protocol", "room", "turn", "sfu"]),
    ("browser", &["protocol", "signalling"]),
    ("web", &["protocol", "call", "browser"]),
    ("check", &["protocol", "signalling", "diagnosis", "browser"]),
    ("peer", &["protocol", "call"]),
    ("sim", &["protocol", "room", "call", "turn", "sfu"]),
    ("e2e", &["protocol", "turn"]),
    ("xtask", &[]),
];

/// Our crates that only tests may import.
const DEV_ONLY: &str = "sim";

/// What a core must not be compiled with, at any depth.
const IMPURE: [&str; 23] = [
    "async-io",
    "async-std",
    "axum",
    "crossbeam-channel",
    "fastrand",
    "futures",
    "futures-util",
    "getrandom",
    "hyper",
    "js-sys",
    "mio",
    "polling",
    "quinn-udp",
    "rand",
    "rayon",
    "reactive_graph",
    "reqwest",
    "rustix",
    "smol",
    "socket2",
    "tokio",
    "wasm-bindgen",
    "web-sys",
];
/// The type of time: in a browser it reads its clock by js-sys.
const TIME: &str = "web-time";

/// Every import between our crates stands in the table.
pub fn between_our_crates(graph: &Graph) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, dependencies) in &graph.0 {
        let Some((_, allowed)) = TABLE.iter().find(|(of, _)| of == name) else {
            problems.push(format!(
                "the crate {name} is not in the import table of xtask's tidy"
            ));
            continue;
        };
        for dependency in dependencies
            .iter()
            .filter(|dependency| graph.is_ours(&dependency.name))
        {
            // A crate names itself to have its own features in its tests.
            let for_tests = dependency.dev && [DEV_ONLY, name].contains(&dependency.name.as_str());
            if !for_tests && !allowed.contains(&dependency.name.as_str()) {
                problems.push(format!("{name} must not import {}", dependency.name));
            }
        }
    }
    problems
}

/// The wire has no dependency but serde, unless behind a feature or for tests.
pub fn of_the_wire(graph: &Graph) -> Vec<String> {
    let dependencies = graph.0.get("protocol").into_iter().flatten();
    dependencies
        .filter(|dependency| !dependency.dev && !dependency.optional && dependency.name != "serde")
        .map(|dependency| format!("protocol must not import {}", dependency.name))
        .collect()
}

/// The crates whose chains [`of_the_cores`] judges.
pub fn pure_crates(graph: &Graph) -> impl Iterator<Item = &'static str> {
    CORES
        .into_iter()
        .chain(["protocol"])
        .filter(|name| graph.is_ours(name))
}

/// Nothing below a core can wait, open a socket, draw randomness or touch a browser.
pub fn of_the_cores(chains: &[Chains]) -> Vec<String> {
    let mut problems = Vec::new();
    for chains in chains {
        for name in IMPURE {
            for chain in chains.to(name, TIME).take(1) {
                problems.push(format!(
                    "{name} has no place in a core: {}",
                    chain.join(" → ")
                ));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::super::graph::Direct;
    use super::*;

    fn direct(name: &str, dev: bool, optional: bool) -> Direct {
        Direct {
            name: name.into(),
            dev,
            optional,
        }
    }

    fn graph(crates: &[(&str, &[Direct])]) -> Graph {
        Graph(
            crates
                .iter()
                .map(|(name, direct)| ((*name).to_owned(), direct.to_vec()))
                .collect(),
        )
    }

    #[test]
    fn an_import_outside_of_the_table_is_found() {
        let ours = |of: &'static str, dependency| {
            graph(&[
                ("room", &[]),
                ("call", &[]),
                ("sim", &[]),
                (of, &[dependency]),
            ])
        };
        assert_eq!(
            between_our_crates(&ours("crabcall", direct("room", false, false))),
            [""; 0]
        );
        assert_eq!(
            between_our_crates(&ours("crabcall", direct("call", false, false))),
            ["crabcall must not import call"]
        );
        assert_eq!(
            between_our_crates(&ours("web", direct("room", true, false))),
            ["web must not import room"]
        );
    }

    #[test]
    fn the_simulation_is_for_tests_only() {
        let with = |dev| graph(&[("sim", &[]), ("call", &[direct("sim", dev, false)])]);
        assert_eq!(between_our_crates(&with(true)), [""; 0]);
        assert_eq!(
            between_our_crates(&with(false)),
            ["call must not import sim"]
        );
    }

    #[test]
    fn a_crate_may_name_itself_for_its_tests() {
        let with = |dev| graph(&[("protocol", &[direct("protocol", dev, false)])]);
        assert_eq!(between_our_crates(&with(true)), [""; 0]);
        assert_eq!(between_our_crates(&with(false)).len(), 1);
    }

    #[test]
    fn a_crate_that_the_table_does_not_know_is_found() {
        assert_eq!(between_our_crates(&graph(&[("utils", &[])])).len(), 1);
    }

    #[test]
    fn the_wire_may_have_more_only_behind_a_feature_or_in_tests() {
        let fine = [
            direct("serde", false, false),
            direct("ts-rs", false, true),
            direct("serde_json", true, false),
        ];
        assert_eq!(of_the_wire(&graph(&[("protocol", &fine)])), [""; 0]);
        let more = [direct("chrono", false, false)];
        assert_eq!(
            of_the_wire(&graph(&[("protocol", &more)])),
            ["protocol must not import chrono"]
        );
    }

    #[test]
    fn a_runtime_deep_below_a_core_is_found_but_not_behind_the_type_of_time() {
        let chains = |tree| [Chains::from_tree(tree).unwrap()];
        assert_eq!(
            of_the_cores(&chains("0room v0\n1web-time v1\n2js-sys v0\n")),
            [""; 0]
        );
        assert_eq!(
            of_the_cores(&chains("0room v0\n1sha2 v1\n2tokio v1\n")),
            ["tokio has no place in a core: room → sha2 → tokio"]
        );
    }
}
