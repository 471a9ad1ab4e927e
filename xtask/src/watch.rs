//! `watch`: builds quickly, runs, and does so again whenever a source changes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, SystemTime};

use anyhow::Result;

use crate::build_web::Effort;
use crate::project::{Project, files_below, say};
use crate::serve::build_program;

/// Seldom enough to cost nothing, often enough not to be noticed.
const LOOK_EVERY: Duration = Duration::from_millis(500);

type Times = BTreeMap<PathBuf, Option<SystemTime>>;

/// The command; it ends with Ctrl-C, which reaches the program as well.
pub fn run(project: &Project, args: &[String]) -> Result<()> {
    loop {
        let times = times(project)?;
        let mut child = start(project, args);
        match &child {
            Ok(_) => say("running; a change in crates/ restarts it, Ctrl-C ends it"),
            Err(error) => say(format!("{error:#}; waiting for a change")),
        }
        wait_for_change(project, &times, child.as_mut().ok())?;
        if let Ok(child) = &mut child {
            // It may have ended by itself.
            child.kill().and_then(|()| child.wait()).ok();
        }
    }
}

fn start(project: &Project, args: &[String]) -> Result<Child> {
    let program = build_program(project, Effort::Quick)?;
    Ok(Command::new(program).arg("serve").args(args).spawn()?)
}

fn wait_for_change(project: &Project, before: &Times, mut child: Option<&mut Child>) -> Result<()> {
    loop {
        std::thread::sleep(LOOK_EVERY);
        if let Some(status) = child
            .as_mut()
            .and_then(|child| child.try_wait().ok().flatten())
        {
            say(format!("crabcall ended ({status}); waiting for a change"));
            child = None;
        }
        if let Some(path) = changed(before, &times(project)?) {
            say(format!(
                "{} changed",
                path.strip_prefix(&project.root).unwrap_or(path).display()
            ));
            return Ok(());
        }
    }
}

fn times(project: &Project) -> Result<Times> {
    let mut files = files_below(&project.root.join("crates"))?;
    files.push(project.root.join("Cargo.toml"));
    let time = |path: &PathBuf| {
        std::fs::metadata(path)
            .and_then(|data| data.modified())
            .ok()
    };
    Ok(files
        .into_iter()
        .map(|path| (path.clone(), time(&path)))
        .collect())
}

/// The first file that is new, gone or has another time.
fn changed<'a>(before: &'a Times, after: &'a Times) -> Option<&'a PathBuf> {
    let other = |(path, time): &(&PathBuf, &Option<SystemTime>), than: &Times| {
        than.get(*path) != Some(time)
    };
    let new = after.iter().find(|file| other(file, before));
    new.or_else(|| before.iter().find(|file| other(file, after)))
        .map(|(path, _)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_gone_and_written_files_are_changes() {
        let file = |name: &str, seconds| {
            (
                PathBuf::from(name),
                Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)),
            )
        };
        let before = Times::from([file("a", 1), file("b", 1)]);
        assert_eq!(changed(&before, &before.clone()), None);
        let written = Times::from([file("a", 1), file("b", 2)]);
        assert_eq!(changed(&before, &written), Some(&PathBuf::from("b")));
        let gone = Times::from([file("a", 1)]);
        assert_eq!(changed(&before, &gone), Some(&PathBuf::from("b")));
        assert_eq!(changed(&gone, &before), Some(&PathBuf::from("b")));
    }
}
