//! Rules that pin documents to what they speak of.

use std::collections::BTreeSet;

use super::graph::Graph;
use super::sources::Tree;

/// Folders whose files documents name by path.
const FOLDERS: [&str; 7] = [
    "crates/", "xtask/", "e2e/", "fuzz/", "docs/", ".ci/", "bench/",
];

fn documents(tree: &Tree) -> impl Iterator<Item = (&str, &str)> {
    tree.0
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .filter(|(path, _)| path.ends_with(".md"))
}

/// docs/promises.md has a row for each unreleased line of CHANGELOG.md, and the tests that it names
/// exist.
pub fn promises_have_tests(tree: &Tree) -> Vec<String> {
    let (Some(changes), Some(promises)) =
        (tree.text("CHANGELOG.md"), tree.text("docs/promises.md"))
    else {
        return vec!["there is no CHANGELOG.md or no docs/promises.md".to_owned()];
    };
    let mut rows: BTreeSet<(&str, &str)> = promises
        .lines()
        .filter_map(|line| {
            line.strip_prefix("| ")?
                .strip_suffix(" |")?
                .split_once(" | ")
        })
        .filter_map(|(promise, tests)| Some((promise.strip_suffix(" …")?, tests)))
        .collect();
    let mut problems = Vec::new();
    for line in unreleased(changes) {
        let of_this = |(promise, _): &&(&str, &str)| line.starts_with(*promise);
        let Some(row) = rows.iter().find(of_this).copied() else {
            problems.push(format!("docs/promises.md lacks: {line}"));
            continue;
        };
        rows.remove(&row);
        let tests = in_backticks(row.1);
        if tests.is_empty() {
            problems.push(format!("docs/promises.md names no test of: {}", row.0));
        }
        for test in tests {
            if !is_test(tree, test) {
                problems.push(format!("docs/promises.md: there is no test {test}"));
            }
        }
    }
    problems.extend(
        rows.into_iter().map(|(promise, _)| {
            format!("docs/promises.md: CHANGELOG.md does not promise: {promise}")
        }),
    );
    problems
}

/// The list items of the first section of CHANGELOG.md, each as one line.
fn unreleased(changes: &str) -> Vec<String> {
    let section = changes.split("\n## ").nth(1).unwrap_or_default();
    section
        .split("\n- ")
        .skip(1)
        .map(|item| item.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

/// Whether a test has this name: the end of a file's path without `.rs`, or of a folder's path, and
/// perhaps `::` and a function.
fn is_test(tree: &Tree, name: &str) -> bool {
    let (file, function) = name
        .split_once("::")
        .map_or((name, None), |(file, function)| (file, Some(function)));
    let file = format!("/{file}");
    tree.rust().any(|(path, text)| {
        let path = format!("/{}", path.trim_end_matches(".rs"));
        let is_named = path.ends_with(&file) || path.contains(&format!("{file}/"));
        is_named
            && (text.contains("test]") || text.contains("proptest!"))
            && function.is_none_or(|function| text.contains(&format!("fn {function}(")))
    })
}

/// Links and paths in documents lead to files of the project.
pub fn named_files(tree: &Tree, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut problems = Vec::new();
    for (document, text) in documents(tree) {
        let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
        let links = links(text)
            .into_iter()
            .filter_map(|link| resolve(folder, link));
        let paths = in_backticks(text)
            .into_iter()
            .filter(|word| is_path(word))
            .map(ToOwned::to_owned);
        for path in links.chain(paths) {
            let path = path.trim_end_matches('/');
            if !exists(path) {
                problems.push(format!("{document}: there is no {path}"));
            }
        }
    }
    problems
}

/// The targets of `[text](target)`.
fn links(text: &str) -> Vec<&str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', ' ']).next())
        .collect()
}

/// The path from the root that a relative link in this folder leads to; None for other addresses.
fn resolve(folder: &str, link: &str) -> Option<String> {
    let link = link.split('#').next().unwrap_or_default();
    if link.is_empty() || link.contains(':') || link.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in link.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn in_backticks(text: &str) -> Vec<&str> {
    text.lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .collect()
}

fn is_path(word: &str) -> bool {
    FOLDERS.iter().any(|folder| word.starts_with(folder))
        && !word.contains([' ', '*', '<', '{', '…'])
}

/// `cargo xtask NAME` in a document is a command that there is.
pub fn named_commands(tree: &Tree, commands: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in tree
        .0
        .iter()
        .filter(|(path, _)| path.ends_with(".md") || path == ".ci/run")
    {
        for rest in text.split("cargo xtask ").skip(1) {
            let end = rest
                .find(|c: char| !c.is_ascii_lowercase() && c != '-')
                .unwrap_or(rest.len());
            let name = rest.get(..end).unwrap_or_default();
            let is_word = name.starts_with(|c: char| c.is_ascii_lowercase());
            if is_word && !commands.contains(&name) {
                problems.push(format!("{path}: there is no `cargo xtask {name}`"));
            }
        }
    }
    problems
}

/// The table under a heading with "dependenc" in ARCHITECTURE.md names, in backticks in its first
/// column, all direct dependencies of our crates, and nothing else.
pub fn dependency_table(tree: &Tree, graph: &Graph) -> Vec<String> {
    let Some(text) = tree.text("ARCHITECTURE.md") else {
        return Vec::new();
    };
    let listed = first_column(text);
    let used: BTreeSet<&str> = graph
        .0
        .values()
        .flatten()
        .map(|dependency| dependency.name.as_str())
        .filter(|name| !graph.is_ours(name))
        .collect();
    let missing = used
        .difference(&listed)
        .map(|name| format!("ARCHITECTURE.md: the dependency table lacks `{name}`"));
    let extra = listed
        .difference(&used)
        .map(|name| format!("ARCHITECTURE.md: `{name}` is no dependency any more"));
    missing.chain(extra).collect()
}

fn first_column(text: &str) -> BTreeSet<&str> {
    let mut inside = false;
    let mut names = BTreeSet::new();
    for line in text.lines() {
        if line.starts_with('#') {
            inside = line.to_lowercase().contains("dependenc");
        } else if inside && line.starts_with('|') {
            names.extend(in_backticks(line.split('|').nth(1).unwrap_or_default()));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::super::graph::Direct;
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        Tree(
            files
                .iter()
                .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn a_document_that_names_a_missing_file_is_found() {
        let text = "[a](../LICENSE-MIT) [b](x.png \"t\") [c](https://example.org/x) [d](#here) \
             `crates/room/src/lib.rs` `crates/*/src` `room`";
        let exists =
            |path: &str| ["LICENSE-MIT", "docs/x.png", "crates/room/src/lib.rs"].contains(&path);
        assert_eq!(named_files(&tree(&[("docs/a.md", text)]), exists), [""; 0]);
        assert_eq!(
            named_files(&tree(&[("docs/a.md", text)]), |path| path == "LICENSE-MIT"),
            [
                "docs/a.md: there is no docs/x.png",
                "docs/a.md: there is no crates/room/src/lib.rs"
            ]
        );
    }

    #[test]
    fn a_document_that_names_a_missing_command_is_found() {
        let tree = tree(&[
            (
                "README.md",
                "`cargo xtask serve -- --http` and cargo xtask tset.",
            ),
            (".ci/run", "exec cargo xtask test\n"),
        ]);
        assert_eq!(
            named_commands(&tree, &["serve", "test"]),
            ["README.md: there is no `cargo xtask tset`"]
        );
    }

    #[test]
    fn the_dependency_table_is_neither_short_nor_stale() {
        let direct = |name: &str| Direct {
            name: name.into(),
            dev: false,
            optional: false,
        };
        let mut graph = Graph::default();
        graph.0.insert(
            "room".into(),
            vec![direct("serde"), direct("room"), direct("sha2")],
        );
        let text = "## Words\n| `a` | b |\n## Dependencies\n| crate | why |\n|---|---|\n| `serde` | `x` |\n";
        let with = |more: &str| tree(&[("ARCHITECTURE.md", &format!("{text}{more}"))]);
        assert_eq!(dependency_table(&with("| `sha2` | y |"), &graph), [""; 0]);
        assert_eq!(
            dependency_table(&with(""), &graph),
            ["ARCHITECTURE.md: the dependency table lacks `sha2`"]
        );
        assert_eq!(
            dependency_table(&with("| `sha2`, `old` | y |"), &graph),
            ["ARCHITECTURE.md: `old` is no dependency any more"]
        );
        assert_eq!(dependency_table(&tree(&[]), &graph), [""; 0]);
    }

    #[test]
    fn a_promise_without_a_row_or_a_test_is_found() {
        let tree = |promises: &str| {
            let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
            Tree(vec![
                file(
                    "CHANGELOG.md",
                    "# Changes\n\n## Unreleased\n\n- One thing that\n  works.\n- Two.\n\n## 0.1\n\n- Old.\n",
                ),
                file("docs/promises.md", promises),
                file("e2e/tests/one_works.rs", "#[test]\nfn in_chromium() {}\n"),
            ])
        };
        let found = |promises: &str| promises_have_tests(&tree(promises));
        let two = "| Two … | `tests/one_works::in_chromium` |\n";
        assert_eq!(
            found(&format!("| One thing that … | `one_works` |\n{two}")),
            [""; 0]
        );
        assert_eq!(
            found(two),
            ["docs/promises.md lacks: One thing that works."]
        );
        assert_eq!(
            found(&format!("| One thing … | `one_works::in_firefox` |\n{two}")),
            ["docs/promises.md: there is no test one_works::in_firefox"]
        );
        assert_eq!(
            found(&format!("| One thing … | by hand |\n{two}")),
            ["docs/promises.md names no test of: One thing"]
        );
        assert_eq!(
            found(&format!(
                "| One thing … | `one_works` |\n| Three … | `one_works` |\n{two}"
            )),
            ["docs/promises.md: CHANGELOG.md does not promise: Three"]
        );
    }
}
