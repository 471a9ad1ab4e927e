//! Who depends on whom, as cargo resolved it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::project::{Project, output_of};

/// A dependency that one of our crates names in its Cargo.toml.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Direct {
    pub name: String,
    /// For tests only.
    pub dev: bool,
    /// Behind a feature.
    pub optional: bool,
}

/// What each of our crates names in its Cargo.toml, by crate.
#[derive(Debug, Default)]
pub struct Graph(pub BTreeMap<String, Vec<Direct>>);

impl Graph {
    /// Asks `cargo metadata`.
    pub fn read(project: &Project) -> Result<Self> {
        let mut cargo = project.cargo();
        let json = output_of(cargo.args(["metadata", "--no-deps", "--format-version=1"]))?;
        let metadata = serde_json::from_str(&json).context("`cargo metadata` printed no JSON")?;
        Self::from_metadata(&metadata).context("`cargo metadata` printed something unknown")
    }

    fn from_metadata(metadata: &Value) -> Option<Self> {
        let mut graph = Self::default();
        for package in metadata.get("packages")?.as_array()? {
            let direct = package.get("dependencies")?.as_array()?.iter();
            let direct = direct.map(direct_dependency).collect::<Option<_>>()?;
            graph
                .0
                .insert(package.get("name")?.as_str()?.to_owned(), direct);
        }
        Some(graph)
    }

    /// True if the crate is one of ours.
    pub fn is_ours(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

fn direct_dependency(value: &Value) -> Option<Direct> {
    Some(Direct {
        name: value.get("name")?.as_str()?.to_owned(),
        dev: value.get("kind")?.as_str() == Some("dev"),
        optional: value.get("optional")?.as_bool()?,
    })
}

/// Every way from a crate down to what it is compiled with, on any platform and without
/// dev-dependencies: each a list of names that begins with the crate.
#[derive(Debug, Default)]
pub struct Chains(BTreeSet<Vec<String>>);

impl Chains {
    /// Asks `cargo tree`, which knows the features that this crate alone would have.
    pub fn read(project: &Project, name: &str) -> Result<Self> {
        let mut cargo = project.cargo();
        cargo.args(["tree", "-p", name, "--edges", "normal", "--target", "all"]);
        cargo.args(["--prefix", "depth", "--no-dedupe", "--format", "{p}"]);
        Self::from_tree(&output_of(&mut cargo)?).context("`cargo tree` printed something unknown")
    }

    /// Lines such as `2digest v0.11.3`: depth, name, version.
    pub fn from_tree(tree: &str) -> Option<Self> {
        let mut chains = Self::default();
        let mut chain = Vec::new();
        for line in tree.lines() {
            let name = line.trim_start_matches(|c: char| c.is_ascii_digit());
            let depth = line.strip_suffix(name)?.parse().ok()?;
            // A compiler plug-in runs on the developer's machine only.
            let is_plug_in = name.contains("(proc-macro)");
            chain.truncate(depth);
            chain.push((name.split(' ').next()?.to_owned(), is_plug_in));
            if !chain.iter().any(|(_, is_plug_in)| *is_plug_in) {
                chains
                    .0
                    .insert(chain.iter().map(|(name, _)| name.clone()).collect());
            }
        }
        Some(chains)
    }

    /// The ways to a crate that do not lead through `stop`.
    pub fn to<'a>(&'a self, name: &'a str, stop: &'a str) -> impl Iterator<Item = &'a [String]> {
        self.0.iter().map(Vec::as_slice).filter(move |chain| {
            chain.last().is_some_and(|last| last == name) && !chain.iter().any(|on| on == stop)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn metadata_becomes_direct_dependencies() {
        let graph = Graph::from_metadata(&json!({"packages": [{"name": "room", "dependencies": [
            {"name": "serde", "kind": null, "optional": true},
            {"name": "proptest", "kind": "dev", "optional": false},
        ]}]}))
        .unwrap();
        assert_eq!(
            graph.0["room"],
            [
                Direct {
                    name: "serde".into(),
                    dev: false,
                    optional: true
                },
                Direct {
                    name: "proptest".into(),
                    dev: true,
                    optional: false
                },
            ]
        );
        assert!(graph.is_ours("room") && !graph.is_ours("serde"));
    }

    #[test]
    fn a_tree_becomes_chains_without_plug_ins() {
        let tree = "0call v0.1.0 (/x)\n1serde v1.0.0\n2serde_derive v1.0.0 (proc-macro)\n3libc v1\n\
             1web-time v1.1.0\n2js-sys v0.3.0\n1sha2 v0.11.0\n2js-sys v0.3.0\n";
        let chains = Chains::from_tree(tree).unwrap();
        let to = |name, stop| {
            chains
                .to(name, stop)
                .map(|chain| chain.join(" "))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            to("js-sys", "-"),
            ["call sha2 js-sys", "call web-time js-sys"]
        );
        assert_eq!(to("js-sys", "web-time"), ["call sha2 js-sys"]);
        assert_eq!(to("libc", "-"), [""; 0]);
        assert_eq!(to("serde", "-"), ["call serde"]);
        assert!(Chains::from_tree("├── serde").is_none());
    }
}
