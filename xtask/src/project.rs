//! Where the project lies, where its builds go, and how other programs are run for it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The work tree and its target folder.
#[derive(Debug, Clone)]
pub struct Project {
    /// The folder of the workspace's Cargo.toml.
    pub root: PathBuf,
    /// Where cargo builds to: `CARGO_TARGET_DIR`, cargo's configuration, or `./target`.
    pub target: PathBuf,
}

impl Project {
    /// Asks cargo, so that every way to set the target folder counts.
    pub fn find() -> Result<Self> {
        let manifest_dir = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from("xtask"), PathBuf::from);
        let manifest = manifest_dir.join("Cargo.toml");
        let mut cargo = Command::new(cargo_program());
        cargo.args([
            "metadata",
            "--no-deps",
            "--format-version=1",
            "--manifest-path",
        ]);
        let json = output_of(cargo.arg(&manifest)).context(
            "no Crabcall work tree here; run `cargo xtask` inside of the cloned repository",
        )?;
        let metadata: serde_json::Value =
            serde_json::from_str(&json).context("`cargo metadata` printed no JSON")?;
        let folder = |key: &str| {
            metadata
                .get(key)
                .and_then(serde_json::Value::as_str)
                .map(PathBuf::from)
                .with_context(|| format!("`cargo metadata` printed no `{key}`"))
        };
        Ok(Self {
            root: folder("workspace_root")?,
            target: folder("target_directory")?,
        })
    }

    /// A cargo command in the work tree that builds into the target folder.
    pub fn cargo(&self) -> Command {
        let mut command = Command::new(cargo_program());
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// The folder that holds the finished page. Not `page`: cargo keeps that profile's files there.
    pub fn page_dir(&self) -> PathBuf {
        self.target.join("dist")
    }
}

fn cargo_program() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// One line of progress. On stderr, so that stdout stays for results.
pub fn say(line: impl std::fmt::Display) {
    eprintln!("xtask: {line}");
}

/// Runs a program in sight of the user; an exit code other than 0 is an error that names `what`.
pub fn run(command: &mut Command, what: &str) -> Result<()> {
    let status = command.status().with_context(|| {
        format!(
            "{what}: cannot start `{}`",
            command.get_program().to_string_lossy()
        )
    })?;
    if !status.success() {
        bail!("{what} failed ({status})");
    }
    Ok(())
}

/// Runs a program and returns what it printed to stdout.
pub fn output_of(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start `{program}`"))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("`{program}` failed ({}): {}", output.status, stderr.trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{program}` printed no UTF-8"))
}

/// The first program of this name on PATH.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(format!("{program}{}", std::env::consts::EXE_SUFFIX)))
        .find(|file| file.is_file())
}

/// True if this user may install packages with apt-get.
pub fn is_debian_root() -> bool {
    on_path("apt-get").is_some()
        && output_of(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Installs Debian packages; the package lists are fetched only if a package is not known yet.
pub fn apt_install(packages: &[&str]) -> Result<()> {
    let apt = |args: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null())
            .args(args);
        command
    };
    let install = [
        &["install", "-y", "-q", "--no-install-recommends"],
        packages,
    ]
    .concat();
    say(format!("apt-get install {}", packages.join(" ")));
    if apt(&install)
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
    {
        return Ok(());
    }
    say("apt-get update");
    run(&mut apt(&["update", "-q"]), "`apt-get update`")?;
    run(
        &mut apt(&install),
        &format!("`apt-get install {}`", packages.join(" ")),
    )
}

/// Every file below `folder`, in the order of their names; none if there is no such folder.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        if !folder.exists() {
            continue;
        }
        let entries = std::fs::read_dir(&folder)
            .with_context(|| format!("cannot list {}", folder.display()))?;
        for entry in entries {
            let path = entry
                .with_context(|| format!("cannot list {}", folder.display()))?
                .path();
            if path.is_dir() {
                folders.push(path)
            } else {
                files.push(path)
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Reads a file whole; the error names it.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Reads a text file whole; the error names it.
pub fn read_text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
