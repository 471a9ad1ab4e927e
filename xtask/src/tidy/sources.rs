//! Rules about the text of single files.

use anyhow::Result;

use super::code::{blanked, without_tests};
use super::imports::CORES;
use crate::project::{Project, files_below, output_of};

/// Lines that a file may have without its unit tests.
const LONGEST: usize = 550;
/// The same for a file that is all test: steps in a row are read faster than logic.
const LONGEST_TEST: usize = 700;

/// What would tie a core to a machine, or make its runs differ.
const IMPURE: [&str; 19] = [
    ".await",
    "HashMap",
    "HashSet",
    "Instant::now",
    "SystemTime",
    "TcpListener",
    "TcpStream",
    "ToSocketAddrs",
    "UdpSocket",
    "async fn",
    "async move",
    "async {",
    "getrandom",
    "js_sys::",
    "std::env",
    "std::fs",
    "std::thread",
    "thread_rng",
    "web_sys::",
];

/// The text files of the project, by their paths from its root with `/`.
#[derive(Debug, Default)]
pub struct Tree(pub Vec<(String, String)>);

impl Tree {
    /// What git tracks or would track; without git, all outside of build folders.
    pub fn read(project: &Project) -> Result<Self> {
        let root = &project.root;
        let mut git = std::process::Command::new("git");
        git.current_dir(root).args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]);
        let paths: Vec<String> = match output_of(&mut git) {
            Ok(list) => list.split_terminator('\0').map(ToOwned::to_owned).collect(),
            Err(_) => files_below(root)?
                .iter()
                .filter_map(|path| Some(path.strip_prefix(root).ok()?.to_str()?.replace('\\', "/")))
                .filter(|path| {
                    !path
                        .split('/')
                        .any(|part| matches!(part, ".git" | "target"))
                })
                .collect(),
        };
        let read = |path: String| {
            // A picture is no text, and a file may be gone before git knows.
            let text = std::fs::read_to_string(root.join(&path)).ok()?;
            Some((path, text))
        };
        Ok(Self(paths.into_iter().filter_map(read).collect()))
    }

    /// The text of one file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(name, _)| name == path)
            .map(|(_, text)| text.as_str())
    }

    /// The Rust files: path and text.
    pub fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .filter(|(path, _)| path.ends_with(".rs"))
    }
}

/// One problem for each line that has one of the words.
fn lines_with(path: &str, text: &str, words: &[&str]) -> Vec<String> {
    let lines = text.lines().enumerate();
    lines
        .filter_map(|(at, line)| {
            let word = words.iter().find(|word| line.contains(**word))?;
            Some(format!("{path}:{}: {}", at + 1, word.trim()))
        })
        .collect()
}

/// The cores' code names no clock, thread, file, socket, randomness or hashed collection.
pub fn pure_cores(tree: &Tree) -> Vec<String> {
    let in_core = |path: &str| {
        CORES
            .iter()
            .chain(&["protocol"])
            .any(|core| path.starts_with(&format!("crates/{core}/src/")))
    };
    tree.rust()
        .filter(|(path, _)| in_core(path) && !is_test_file(path))
        .flat_map(|(path, text)| lines_with(path, &blanked(without_tests(text)), &IMPURE))
        .collect()
}

/// True for a file that holds nothing but tests and what they need.
pub fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.split('/').any(|part| part == "tests")
}

/// Each member of the workspace takes its lints, which forbid unsafe code, or forbids it itself.
pub fn unsafe_is_forbidden(tree: &Tree) -> Vec<String> {
    let forbids = |text: &str| text.contains("#![forbid(unsafe_code)]");
    let mut problems = Vec::new();
    if !tree
        .text("Cargo.toml")
        .is_some_and(|text| text.contains("unsafe_code = \"forbid\""))
    {
        problems.push("Cargo.toml: the workspace's lints do not forbid unsafe code".to_owned());
    }
    for (path, text) in &tree.0 {
        let Some(folder) = path
            .strip_suffix("/Cargo.toml")
            .filter(|folder| *folder != "fuzz")
        else {
            continue;
        };
        let takes_lints = text.contains("[lints]\nworkspace = true");
        let root = ["lib.rs", "main.rs"].map(|file| tree.text(&format!("{folder}/src/{file}")));
        if !takes_lints && !root.into_iter().flatten().any(forbids) {
            problems.push(format!(
                "{path}: neither the workspace's lints nor forbid(unsafe_code)"
            ));
        }
    }
    problems
}

/// No file is so long that it must hold two ideas.
pub fn small_files(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in tree.rust() {
        let lines = without_tests(text).lines().count();
        let most = if is_test_file(path) {
            LONGEST_TEST
        } else {
            LONGEST
        };
        if lines > most {
            problems.push(format!(
                "{path}: {lines} lines without its unit tests, {most} at most"
            ));
        }
    }
    problems
}

/// No macro stands where code should be.
pub fn nothing_left_to_do(tree: &Tree) -> Vec<String> {
    let words = ["todo!", "unimplemented!", "dbg!"];
    tree.rust()
        .flat_map(|(path, text)| lines_with(path, &blanked(text), &words))
        .collect()
}

/// A lint is allowed only with a reason, so that a reader can judge it.
pub fn silenced_lints(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in tree.rust() {
        let code = blanked(text);
        for (at, _) in code
            .match_indices("[allow(")
            .chain(code.match_indices("[expect("))
        {
            let attribute = code
                .get(at..)
                .and_then(|rest| rest.split(']').next())
                .unwrap_or_default();
            if !attribute.contains("reason") {
                let line = code.get(..at).unwrap_or_default().matches('\n').count() + 1;
                problems.push(format!(
                    "{path}:{line}: a silenced lint needs `reason = \"…\"`"
                ));
            }
        }
    }
    problems
}

/// Nothing refers to a folder of the machine it was written on.
pub fn machine_paths(tree: &Tree) -> Vec<String> {
    // Put together here, so that this file does not contain them.
    let folders = ["work", "root", "tmp", "home"].map(|folder| format!("/{folder}/"));
    let mut problems = Vec::new();
    for (path, text) in &tree.0 {
        for (at, line) in text.lines().enumerate() {
            let found = folders.iter().find(|folder| {
                line.match_indices(folder.as_str()).any(|(start, _)| {
                    let before = line.get(..start).and_then(|text| text.chars().next_back());
                    !before.is_some_and(|c| c.is_alphanumeric() || "._-/}>~*".contains(c))
                })
            });
            if let Some(folder) = found {
                problems.push(format!(
                    "{path}:{}: {folder} is a path of one machine",
                    at + 1
                ));
            }
        }
    }
    problems
}

/// No address of a package registry or its mirror: where packages come from is the user's setting.
pub fn registry_hosts(tree: &Tree) -> Vec<String> {
    let hosts = [
        ("index", "crates.io"),
        ("static", "crates.io"),
        ("static", "rust-lang.org"),
        ("registry", "npmjs.org"),
        ("registry", "yarnpkg.com"),
        ("files", "pythonhosted.org"),
        ("deb", "debian.org"),
        ("proxy", "golang.org"),
    ]
    .map(|(host, domain)| format!("{host}.{domain}"));
    let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
    tree.0
        .iter()
        .flat_map(|(path, text)| lines_with(path, text, &hosts))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(path: &str, text: &str) -> Tree {
        Tree(vec![(path.to_owned(), text.to_owned())])
    }

    #[test]
    fn a_clock_in_a_core_is_found_but_not_in_its_tests_or_in_a_shell() {
        let text = "// Instant::now\nlet now = Instant::now();\n#[cfg(test)]\nmod tests {\n Instant::now() }";
        assert_eq!(
            pure_cores(&tree("crates/room/src/a.rs", text)),
            ["crates/room/src/a.rs:2: Instant::now"]
        );
        assert_eq!(pure_cores(&tree("crates/server/src/a.rs", text)), [""; 0]);
        assert_eq!(pure_cores(&tree("crates/room/tests/a.rs", text)), [""; 0]);
    }

    #[test]
    fn every_impure_word_is_found() {
        for word in IMPURE {
            assert_eq!(
                pure_cores(&tree("crates/call/src/a.rs", word)).len(),
                1,
                "{word}"
            );
        }
    }

    #[test]
    fn a_crate_without_the_lints_is_found() {
        let workspace = (
            "Cargo.toml".to_owned(),
            "unsafe_code = \"forbid\"".to_owned(),
        );
        let member = |text: &str| ("crates/a/Cargo.toml".to_owned(), text.to_owned());
        let root = (
            "crates/a/src/lib.rs".to_owned(),
            "#![forbid(unsafe_code)]".to_owned(),
        );
        let problems = |files: &[&(String, String)]| {
            unsafe_is_forbidden(&Tree(files.iter().map(|file| (*file).clone()).collect())).len()
        };
        assert_eq!(
            problems(&[&workspace, &member("[lints]\nworkspace = true\n")]),
            0
        );
        assert_eq!(problems(&[&workspace, &member("[package]"), &root]), 0);
        assert_eq!(problems(&[&workspace, &member("[package]")]), 1);
        assert_eq!(problems(&[&member("[lints]\nworkspace = true\n")]), 1);
    }

    #[test]
    fn a_long_file_is_found_and_its_tests_do_not_count() {
        let long = "x\n".repeat(LONGEST);
        assert_eq!(
            small_files(&tree(
                "a.rs",
                &format!("{long}#[cfg(test)]\nmod tests {{}}")
            )),
            [""; 0]
        );
        assert_eq!(small_files(&tree("a.rs", &format!("{long}x\n"))).len(), 1);
        assert_eq!(small_files(&tree("a.md", &format!("{long}x\n"))), [""; 0]);
    }

    #[test]
    fn work_left_to_do_is_found_in_code_only() {
        assert_eq!(
            nothing_left_to_do(&tree("a.rs", "f();\ntodo!()")),
            ["a.rs:2: todo!"]
        );
        assert_eq!(
            nothing_left_to_do(&tree("a.rs", "// todo!()\n\"dbg!\"")),
            [""; 0]
        );
    }

    #[test]
    fn a_silenced_lint_needs_its_reason() {
        assert_eq!(
            silenced_lints(&tree("a.rs", "\n#[allow(dead_code)]")).len(),
            1
        );
        assert_eq!(silenced_lints(&tree("a.rs", "#![expect(x)]")).len(), 1);
        assert_eq!(
            silenced_lints(&tree("a.rs", "#[expect(x, reason = \"y\")]")),
            [""; 0]
        );
    }

    #[test]
    fn a_path_of_this_machine_is_found() {
        let found = |line: &str| machine_paths(&tree("a.md", line)).len();
        for folder in ["work", "root", "tmp", "home"] {
            assert_eq!(found(&format!("see `/{folder}/x`")), 1);
            assert_eq!(found(&format!("https://host/{folder}/x")), 0);
        }
        assert_eq!(found("a network/and"), 0);
    }

    #[test]
    fn a_registrys_address_is_found() {
        let host = ["index", "crates.io"].join(".");
        assert_eq!(
            registry_hosts(&tree("Cargo.lock", &format!("a\n{host}"))),
            [format!("Cargo.lock:2: {host}")]
        );
        assert_eq!(registry_hosts(&tree("a.md", "from crates.io")), [""; 0]);
    }
}
