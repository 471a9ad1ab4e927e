//! Where the programs are: named by the environment, or found on the PATH.

use std::{env, path::PathBuf};

use anyhow::{Context, Result};

/// The program under test (`CRABCALL_BIN`).
pub fn crabcall() -> Result<PathBuf> {
    if let Some(path) = env::var_os("CRABCALL_BIN") {
        return Ok(path.into());
    }
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target")),
        PathBuf::from,
    );
    ["release", "debug"]
        .iter()
        .map(|profile| target.join(profile).join("crabcall"))
        .find(|path| path.is_file())
        .context("there is no crabcall program: run `cargo xtask test`, or set CRABCALL_BIN")
}

/// Chromium (`CHROMIUM`).
pub fn chromium() -> Result<PathBuf> {
    find(
        "CHROMIUM",
        &["chromium", "chromium-browser", "google-chrome"],
    )
}

/// Its driver (`CHROMEDRIVER`).
pub fn chromedriver() -> Result<PathBuf> {
    find("CHROMEDRIVER", &["chromedriver"])
}

/// Firefox (`FIREFOX`).
pub fn firefox() -> Result<PathBuf> {
    find("FIREFOX", &["firefox-esr", "firefox"])
}

/// Its driver (`GECKODRIVER`).
pub fn geckodriver() -> Result<PathBuf> {
    find("GECKODRIVER", &["geckodriver"])
}

/// The certificate tool of NSS, whose store both browsers use (`CERTUTIL`).
pub fn certutil() -> Result<PathBuf> {
    find("CERTUTIL", &["certutil"])
}

/// Let's Encrypt's authority for tests (`PEBBLE`).
pub fn pebble() -> Result<PathBuf> {
    find("PEBBLE", &["pebble"])
}

/// Its DNS server (`PEBBLE_CHALLTESTSRV`).
pub fn pebble_challtestsrv() -> Result<PathBuf> {
    find("PEBBLE_CHALLTESTSRV", &["pebble-challtestsrv"])
}

/// A Python that has aioice (`AIOICE_PYTHON`).
pub fn python_with_aioice() -> Result<PathBuf> {
    find("AIOICE_PYTHON", &["python3"])
}

/// Where downloads that tests and benchmarks need are kept between runs.
pub fn cache() -> Result<PathBuf> {
    let base = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")))
        .context("neither XDG_CACHE_HOME nor HOME is set")?;
    let folder = base.join("crabcall");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Where failed tests leave what was to be seen.
pub fn evidence() -> Result<PathBuf> {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target")),
        PathBuf::from,
    );
    let folder = target.join("e2e");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// The program that `variable` names, or the first of `names` on the PATH.
pub fn find(variable: &str, names: &[&str]) -> Result<PathBuf> {
    if let Some(path) = env::var_os(variable) {
        return Ok(path.into());
    }
    let mut folders: Vec<PathBuf> = env::var_os("PATH")
        .map(|path| env::split_paths(&path).collect())
        .unwrap_or_default();
    if let Some(home) = env::var_os("HOME") {
        folders.push(PathBuf::from(home).join(".cargo/bin"));
    }
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file())
        .with_context(|| {
            format!(
                "{} is not installed (or set {variable})",
                names.join(" or ")
            )
        })
}
