//! No two modules of a crate import each other, so that each can be read with the door closed.

use std::collections::{BTreeMap, BTreeSet};

use super::code::{blanked, without_tests};
use super::sources::{Tree, is_test_file};

/// The path of a module from the root of its crate; the root itself is empty.
type Module = Vec<String>;

/// The modules of one crate or program.
#[derive(Debug, Default)]
struct Crate {
    /// Each module's `use` paths, whether they are public, and its other code.
    code: BTreeMap<Module, (Vec<(bool, Module)>, String)>,
    /// For each name that a module re-exports by `pub use`: the path that it stands for.
    passed_on: BTreeMap<(Module, String), Module>,
}

/// Finds modules that import each other, in any folder of any crate. A folder counts as one module
/// among its neighbours. Imports between the modules of a folder and the `mod.rs` that declares them
/// are not judged.
pub fn no_circles(tree: &Tree) -> Vec<String> {
    crates(tree)
        .iter()
        .flat_map(|(root, krate)| circles_of(root, &krate.imports()))
        .collect()
}

fn crates(tree: &Tree) -> BTreeMap<String, Crate> {
    let roots: BTreeSet<&str> = tree
        .rust()
        .filter_map(|(path, _)| {
            let (folder, file) = path.rsplit_once('/')?;
            ["lib.rs", "main.rs"].contains(&file).then_some(folder)
        })
        .collect();
    let mut crates: BTreeMap<String, Crate> = BTreeMap::new();
    for (path, text) in tree.rust().filter(|(path, _)| !is_test_file(path)) {
        // The longest path, because a program's folder is inside of its library's.
        let inside = |root: &&&str| path.starts_with(&format!("{root}/"));
        let Some(root) = roots.iter().filter(inside).max_by_key(|root| root.len()) else {
            continue;
        };
        let name = path.get(root.len() + 1..).unwrap_or_default();
        let mut module: Module = name
            .trim_end_matches(".rs")
            .split('/')
            .map(ToOwned::to_owned)
            .collect();
        if module
            .last()
            .is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str()))
        {
            module.pop();
        }
        let code = uses(&blanked(without_tests(text)));
        let krate = crates.entry((*root).to_owned()).or_default();
        krate.code.insert(module, code);
    }
    for krate in crates.values_mut() {
        krate.find_what_is_passed_on();
    }
    crates
}

impl Crate {
    fn find_what_is_passed_on(&mut self) {
        let mut passed_on = BTreeMap::new();
        for (module, (uses, _)) in &self.code {
            for (_, path) in uses.iter().filter(|(public, _)| *public) {
                let Some(origin) = self.path_in_crate(module, path) else {
                    continue;
                };
                if let Some(name) = origin.last() {
                    passed_on.insert((module.clone(), name.clone()), origin.clone());
                }
            }
        }
        self.passed_on = passed_on;
    }

    /// A path as seen from the root of the crate; none if it leads to another crate.
    fn path_in_crate(&self, module: &Module, path: &[String]) -> Option<Module> {
        let mut base = module.clone();
        let mut rest = path;
        match rest.first()?.as_str() {
            "crate" => {
                base.clear();
                rest = rest.get(1..)?;
            }
            "self" => rest = rest.get(1..)?,
            "super" => {
                while rest.first().is_some_and(|first| first == "super") {
                    base.pop();
                    rest = rest.get(1..)?;
                }
            }
            child => {
                let mut below = base.clone();
                below.push(child.to_owned());
                if !self.code.contains_key(&below) {
                    return None;
                }
            }
        }
        base.extend_from_slice(rest);
        Some(base)
    }

    /// The module that defines what the path from the root leads to.
    fn home_of(&self, path: &[String], steps_left: u32) -> Option<Module> {
        let known = (0..=path.len())
            .rev()
            .find(|length| self.code.contains_key(path.get(..*length).unwrap_or(&[])))?;
        let (module, rest) = path.split_at(known);
        let (Some(name), true) = (rest.first(), steps_left > 0) else {
            return Some(module.to_vec());
        };
        match self.passed_on.get(&(module.to_vec(), name.clone())) {
            Some(origin) if origin != path => {
                let mut origin = origin.clone();
                origin.extend_from_slice(rest.get(1..).unwrap_or(&[]));
                self.home_of(&origin, steps_left - 1)
            }
            _ => Some(module.to_vec()),
        }
    }

    fn imports(&self) -> BTreeSet<(Module, Module)> {
        let mut imports = BTreeSet::new();
        for (module, (uses, code)) in &self.code {
            let private = uses.iter().filter(|(public, _)| !public);
            let in_uses = private.map(|(_, path)| path.clone());
            for path in in_uses.chain(paths_in_code(code)) {
                let home = self
                    .path_in_crate(module, &path)
                    .and_then(|path| self.home_of(&path, 10));
                if let Some(home) = home.filter(|home| home != module) {
                    imports.insert((module.clone(), home));
                }
            }
        }
        imports
    }
}

/// Splits code into the paths of its `use` declarations, with whether each is public, and the code without
/// these declarations.
fn uses(code: &str) -> (Vec<(bool, Module)>, String) {
    let mut paths = Vec::new();
    let mut others = String::new();
    let mut rest = code;
    while let Some(line) = rest.split_inclusive('\n').next() {
        if let Some((visibility, _)) = before_use(line) {
            let declaration = rest.split_inclusive(';').next().unwrap_or(rest);
            let tree = declaration.trim_start().get(visibility.len() + 4..);
            let tree = tree.unwrap_or_default().trim_end_matches(';');
            let public = !visibility.is_empty();
            paths.extend(single_paths(tree).into_iter().map(|path| (public, path)));
            rest = rest.get(declaration.len()..).unwrap_or_default();
        } else {
            others.push_str(line);
            rest = rest.get(line.len()..).unwrap_or_default();
        }
    }
    (paths, others)
}

/// What stands before and after `use ` in a line that begins a declaration.
fn before_use(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    let (before, after) = line
        .strip_prefix("use ")
        .map_or_else(|| line.split_once(" use "), |after| Some(("", after)))?;
    let is_visibility = before.is_empty()
        || before == "pub"
        || (before.starts_with("pub(") && before.ends_with(')'));
    is_visibility.then_some((before, after))
}

/// `a::{b, c::{d, e}}` as `a::b`, `a::c::d` and `a::c::e`.
fn single_paths(tree: &str) -> Vec<Module> {
    let tree = tree.trim();
    let Some((before, group)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        return vec![segments(path)];
    };
    let group = group.rsplit_once('}').map_or(group, |(inside, _)| inside);
    let mut paths = Vec::new();
    let mut depth = 0_u32;
    let parts = group.split(|c| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    for part in parts.filter(|part| !part.trim().is_empty()) {
        for path in single_paths(part) {
            let mut whole = segments(before);
            whole.extend(path.into_iter().filter(|segment| segment != "self"));
            paths.push(whole);
        }
    }
    paths
}

fn segments(path: &str) -> Module {
    path.split("::")
        .map(|segment| segment.trim().to_owned())
        .filter(|segment| !segment.is_empty())
        .collect()
}

/// Paths of at least two segments that stand in the code itself.
fn paths_in_code(code: &str) -> Vec<Module> {
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let mut paths = Vec::new();
    for line in code.lines() {
        // The path in `pub(in crate::room)` is a visibility and not an import.
        let line = match line.split_once("pub(in ") {
            Some((_, after)) => after.split_once(')').map_or("", |(_, after)| after),
            None => line,
        };
        paths.extend(
            line.split(|c| !is_path(c))
                .filter(|word| word.contains("::") && !word.starts_with("::"))
                .map(segments)
                .filter(|path| path.len() > 1),
        );
    }
    paths
}

/// Finds circles among the direct members of each folder.
fn circles_of(root: &str, imports: &BTreeSet<(Module, Module)>) -> Vec<String> {
    let mut folders: BTreeSet<Module> = BTreeSet::new();
    for module in imports.iter().flat_map(|(from, to)| [from, to]) {
        folders.extend((0..module.len()).filter_map(|n| Some(module.get(..n)?.to_vec())));
    }
    let mut problems = Vec::new();
    for folder in folders {
        let member = |module: &Module| {
            let below = module.strip_prefix(folder.as_slice())?;
            below.first().cloned()
        };
        let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (from, to) in imports {
            if let (Some(from), Some(to)) = (member(from), member(to))
                && from != to
            {
                graph.entry(from).or_default().insert(to);
            }
        }
        for circle in circles(&graph) {
            let place = [vec![root.to_owned()], folder.clone()].concat().join("/");
            problems.push(format!("{place}: {} import each other", circle.join(", ")));
        }
    }
    problems
}

/// Groups of names that reach each other.
fn circles(graph: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<Vec<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> = graph
        .keys()
        .map(|from| {
            let mut seen = BTreeSet::new();
            let mut next = vec![from];
            while let Some(name) = next.pop() {
                for to in graph.get(name).into_iter().flatten() {
                    if seen.insert(to) {
                        next.push(to);
                    }
                }
            }
            (from, seen)
        })
        .collect();
    let reaches = |from: &String, to: &String| reached.get(from).is_some_and(|it| it.contains(to));
    graph
        .keys()
        .filter(|name| reaches(name, name))
        .map(|name| {
            graph
                .keys()
                .filter(|other| reaches(name, other) && reaches(other, name))
                .cloned()
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let files = files.iter().map(|(path, text)| {
            let path = format!("crates/x/src/{path}");
            (path, (*text).to_owned())
        });
        no_circles(&Tree(files.collect()))
    }

    #[test]
    fn two_modules_that_import_each_other_are_found() {
        let circle = [
            ("lib.rs", "mod a;\nmod b;\nmod c;\n"),
            ("a.rs", "use crate::b::B;\npub struct A;\n"),
            ("b.rs", "use super::{c::C, a::A};\npub struct B;\n"),
            ("c.rs", "pub struct C;\n"),
        ];
        assert_eq!(found(&circle), ["crates/x/src: a, b import each other"]);
        let mut open = circle;
        open[2].1 = "use super::c::C;\npub struct B;\n";
        assert_eq!(found(&open), [""; 0]);
    }

    #[test]
    fn a_path_in_the_code_counts_and_one_in_a_comment_or_test_does_not() {
        let with = |b: &'static str| {
            found(&[
                ("lib.rs", "mod a;\nmod b;\n"),
                ("a.rs", "use crate::b::B;\n"),
                ("b.rs", b),
            ])
        };
        assert_eq!(with("fn f() { crate::a::f() }\n").len(), 1);
        assert_eq!(with("// crate::a::f()\n"), [""; 0]);
        assert_eq!(
            with("#[cfg(test)]\nmod tests {\n    use crate::a::f;\n}\n"),
            [""; 0]
        );
        assert_eq!(with("pub(in crate::a) struct B;\n"), [""; 0]);
    }

    #[test]
    fn a_name_that_is_passed_on_counts_for_where_it_stands() {
        let files = [
            ("lib.rs", "mod a;\nmod b;\npub use a::{A, other as O};\n"),
            ("a.rs", "use crate::b::B;\n"),
            ("b.rs", "use crate::A;\n"),
        ];
        assert_eq!(found(&files), ["crates/x/src: a, b import each other"]);
    }

    #[test]
    fn folders_are_judged_as_a_whole_and_inside() {
        let files = [
            ("lib.rs", "mod a;\nmod b;\n"),
            ("a/mod.rs", "mod one;\nmod two;\nuse one::One;\n"),
            ("a/one.rs", "use crate::b::B;\nuse super::two::Two;\n"),
            ("a/two.rs", "use super::Door;\n"),
            ("b.rs", "use crate::a::two::Two;\n"),
        ];
        assert_eq!(found(&files), ["crates/x/src: a, b import each other"]);
        let files = [
            ("lib.rs", "mod a;\n"),
            ("a/mod.rs", "mod one;\nmod two;\n"),
            ("a/one.rs", "use super::two::Two;\n"),
            ("a/two.rs", "use super::one::One;\n"),
        ];
        assert_eq!(
            found(&files),
            ["crates/x/src/a: one, two import each other"]
        );
    }

    #[test]
    fn a_program_beside_a_library_is_a_crate_of_its_own() {
        let files = [
            ("lib.rs", "mod a;\n"),
            ("a.rs", "pub struct A;\n"),
            ("bin/p/main.rs", "mod a;\nmod b;\n"),
            ("bin/p/a.rs", "use crate::b::B;\n"),
            ("bin/p/b.rs", "use crate::a::A;\n"),
        ];
        assert_eq!(
            found(&files),
            ["crates/x/src/bin/p: a, b import each other"]
        );
    }
}
