//! Makes sure of Rust's std for WASM: installed, from rustup, or from Debian.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::project::{apt_install, is_debian_root, on_path, output_of, run, say};

/// The target of the page.
pub const TARGET: &str = "wasm32-unknown-unknown";
const FORCE: &str = "CRABCALL_WASM_STD";
const WHAT_TO_DO: &str = "Rust's std for WASM is missing; install it with `rustup target add \
     wasm32-unknown-unknown`, or on Debian as root with `apt-get install rustc-web rust-web-src`";

/// Debian's compiler, whose package of std sources fits it.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// How the page is compiled on this machine.
#[derive(Debug)]
pub enum WasmStd {
    /// The toolchain has std for the target.
    Installed,
    /// Debian's rustc compiles std from its sources, driven by the toolchain's cargo.
    Debian { linker: PathBuf },
}

impl WasmStd {
    /// Looks for any std that works, and gets it by the first way that does.
    pub fn ensure() -> Result<Self> {
        match forced().as_str() {
            "" => {}
            "installed" if is_installed() => return Ok(Self::Installed),
            "installed" => bail!("{FORCE}=installed, but {WHAT_TO_DO}"),
            "rustup" => return from_rustup(),
            "debian" => return from_debian(),
            other => bail!("{FORCE}=`{other}` is none of: installed, rustup, debian"),
        }
        if is_installed() {
            return Ok(Self::Installed);
        }
        if on_path("rustup").is_some() {
            match from_rustup() {
                Ok(installed) => return Ok(installed),
                Err(error) => say(format!("{error:#}")),
            }
        }
        if is_debian_root() {
            from_debian()
        } else {
            bail!(WHAT_TO_DO)
        }
    }

    /// Adds to a cargo command what it needs to build for the page's target.
    pub fn apply(&self, cargo: &mut Command) {
        cargo.args(["--target", TARGET]);
        if let Self::Debian { linker } = self {
            cargo
                .arg("-Zbuild-std=std,panic_abort")
                // Building std is no stable feature of cargo yet.
                .env("RUSTC_BOOTSTRAP", "1")
                .env("RUSTC", DEBIAN_RUSTC)
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
                // `cargo run` points it at the toolchain's own compiler libraries.
                .env_remove("LD_LIBRARY_PATH");
        }
    }
}

fn forced() -> String {
    std::env::var(FORCE).unwrap_or_default()
}

fn has_sources(sysroot: &Path) -> bool {
    sysroot
        .join("lib/rustlib/src/rust/library/std/Cargo.toml")
        .is_file()
}

fn sysroot() -> Result<PathBuf> {
    let sysroot = output_of(Command::new("rustc").args(["--print", "sysroot"]))?;
    Ok(PathBuf::from(sysroot.trim()))
}

fn is_installed() -> bool {
    let folder =
        output_of(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]));
    folder.is_ok_and(|folder| has_std(Path::new(folder.trim())))
}

fn has_std(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with("libstd-") && name.ends_with(".rlib")
        })
    })
}

fn from_rustup() -> Result<WasmStd> {
    say(format!("rustup target add {TARGET}"));
    let mut rustup = Command::new("rustup");
    run(
        rustup.args(["target", "add", TARGET]),
        "`rustup target add`",
    )?;
    if !is_installed() {
        bail!("rustup added {TARGET}, but not to the toolchain in use; {WHAT_TO_DO}");
    }
    Ok(WasmStd::Installed)
}

fn from_debian() -> Result<WasmStd> {
    if !debian_has_sources() {
        if !is_debian_root() {
            bail!("only root can install Debian's packages; {WHAT_TO_DO}");
        }
        apt_install(&["rustc-web", "rust-web-src"])?;
        if !debian_has_sources() {
            bail!("Debian's rustc-web and rust-web-src brought no sources of std; {WHAT_TO_DO}");
        }
    }
    let linker = rust_lld()?;
    say("std for WASM is built from Debian's sources, which takes about 2 minutes once");
    Ok(WasmStd::Debian { linker })
}

fn debian_has_sources() -> bool {
    let sysroot = Command::new(DEBIAN_RUSTC)
        .args(["--print", "sysroot"])
        .env_remove("LD_LIBRARY_PATH")
        .stderr(Stdio::null())
        .output();
    sysroot.is_ok_and(|output| {
        let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success() && has_sources(Path::new(&sysroot))
    })
}

/// The linker that comes with the toolchain: Debian's rustc has none for WASM.
fn rust_lld() -> Result<PathBuf> {
    let host = output_of(Command::new("rustc").arg("-vV"))?;
    let host = host
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("`rustc -vV` names no host")?;
    let bundled = sysroot()?
        .join("lib/rustlib")
        .join(host)
        .join("bin/rust-lld");
    if bundled.is_file() {
        return Ok(bundled);
    }
    on_path("wasm-ld").with_context(|| {
        format!(
            "no linker for WASM: neither {} nor wasm-ld (Debian: lld)",
            bundled.display()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args_and_envs(std: &WasmStd) -> (Vec<String>, Vec<String>) {
        let mut cargo = Command::new("cargo");
        std.apply(&mut cargo);
        let args = cargo
            .get_args()
            .map(|arg| arg.to_string_lossy().into_owned())
            .collect();
        let envs = cargo
            .get_envs()
            .map(|(key, _)| key.to_string_lossy().into_owned())
            .collect();
        (args, envs)
    }

    #[test]
    fn an_installed_std_needs_nothing_but_the_target() {
        let (args, envs) = args_and_envs(&WasmStd::Installed);
        assert_eq!(args, ["--target", TARGET]);
        assert_eq!(envs, [""; 0]);
    }

    #[test]
    fn debians_compiler_builds_std_and_links_with_the_toolchains_linker() {
        let (args, envs) = args_and_envs(&WasmStd::Debian {
            linker: "lld".into(),
        });
        assert!(args.contains(&"-Zbuild-std=std,panic_abort".to_owned()));
        assert!(envs.contains(&"RUSTC".to_owned()));
        assert!(envs.contains(&"CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER".to_owned()));
    }

    #[test]
    fn a_folder_without_std_does_not_count() {
        assert!(!has_std(Path::new("no/such/folder")));
        assert!(!has_std(Path::new(env!("CARGO_MANIFEST_DIR"))));
    }
}
