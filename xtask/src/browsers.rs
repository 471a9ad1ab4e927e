//! The browsers, their drivers and the other programs that the end-to-end tests and benchmarks use.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::project::{apt_install, is_debian_root, on_path, run, say};

/// The version that the tests are known to work with.
const GECKODRIVER: &str = "geckodriver@0.37.1";

/// A program the tests drive, and where it comes from.
struct Wanted {
    /// The environment variable that names its path, for us and for the tests.
    variable: &'static str,
    names: &'static [&'static str],
    /// None: Debian has no package of it.
    debian: Option<&'static str>,
}

const WANTED: [Wanted; 11] = [
    Wanted {
        variable: "CHROMIUM",
        names: &["chromium", "chromium-browser", "google-chrome"],
        debian: Some("chromium"),
    },
    Wanted {
        variable: "CHROMEDRIVER",
        names: &["chromedriver"],
        debian: Some("chromium-driver"),
    },
    Wanted {
        variable: "FIREFOX",
        names: &["firefox-esr", "firefox"],
        debian: Some("firefox-esr"),
    },
    // The certificate store of both browsers, so that they trust a server's own CA.
    Wanted {
        variable: "CERTUTIL",
        names: &["certutil"],
        debian: Some("libnss3-tools"),
    },
    // Another TURN server to measure against, and a client that is not ours.
    Wanted {
        variable: "TURNSERVER",
        names: &["turnserver"],
        debian: Some("coturn"),
    },
    Wanted {
        variable: "TURNUTILS_UCLIENT",
        names: &["turnutils_uclient"],
        debian: Some("coturn"),
    },
    // Let's Encrypt's authority for tests, and its DNS server.
    Wanted {
        variable: "PEBBLE",
        names: &["pebble"],
        debian: Some("pebble"),
    },
    Wanted {
        variable: "PEBBLE_CHALLTESTSRV",
        names: &["pebble-challtestsrv"],
        debian: Some("pebble"),
    },
    // The server's tests put the server behind these proxies.
    Wanted {
        variable: "HAPROXY",
        names: &["haproxy"],
        debian: Some("haproxy"),
    },
    Wanted {
        variable: "NGINX",
        names: &["nginx"],
        debian: Some("nginx"),
    },
    Wanted {
        variable: "GECKODRIVER",
        names: &["geckodriver"],
        debian: None,
    },
];

/// A Python that has aioice, which speaks ICE and is not ours.
const PYTHON: &str = "AIOICE_PYTHON";
const AIOICE: &str = "python3-aioice";

/// The nginx module that passes on connections other than HTTP.
const NGINX_STREAM: &str = "libnginx-mod-stream";

/// Where things are kept that outlive a clone: `$XDG_CACHE_HOME/crabcall` or `~/.cache/crabcall`.
pub fn cache_dir() -> Result<PathBuf> {
    let set = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("XDG_CACHE_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("crabcall"))
        .context("neither XDG_CACHE_HOME nor HOME is set: no place for downloaded tools")
}

/// The paths of all these programs as environment for the tests; installs what is missing.
pub fn ensure() -> Result<Vec<(&'static str, PathBuf)>> {
    let mut missing: BTreeSet<&str> = WANTED
        .iter()
        .filter(|wanted| find(wanted).is_none())
        .filter_map(|w| w.debian)
        .collect();
    if python_with_aioice().is_none() {
        missing.insert(AIOICE);
    }
    if !Path::new("/usr/lib/nginx/modules/ngx_stream_module.so").is_file() && is_debian_root() {
        missing.insert(NGINX_STREAM);
    }
    let missing: Vec<&str> = missing.into_iter().collect();
    if !missing.is_empty() {
        if !is_debian_root() {
            let packages = missing.join(" ");
            bail!(
                "missing for the end-to-end tests: {packages}; install them (Debian: `apt-get install \
                 {packages}`) or name them in CHROMIUM, CHROMEDRIVER, FIREFOX, CERTUTIL, TURNSERVER, \
                 TURNUTILS_UCLIENT, PEBBLE, PEBBLE_CHALLTESTSRV, HAPROXY, NGINX and {PYTHON} (a Python with aioice)"
            );
        }
        apt_install(&missing)?;
    }
    let python = python_with_aioice();
    let python = python.with_context(|| format!("no Python has aioice ({PYTHON}, {AIOICE})"))?;
    let programs = WANTED.iter().map(|wanted| {
        let path = match find(wanted) {
            Some(path) => path,
            None if wanted.debian.is_none() => install_geckodriver()?,
            None => bail!(
                "{} is still missing after its installation",
                wanted.names.join(" or ")
            ),
        };
        Ok((wanted.variable, path))
    });
    programs.chain([Ok((PYTHON, python))]).collect()
}

fn python_with_aioice() -> Option<PathBuf> {
    let has_aioice = |python: &PathBuf| {
        let mut import = Command::new(python);
        import.args(["-c", "import aioice"]);
        import.stdout(Stdio::null()).stderr(Stdio::null());
        import.status().is_ok_and(|status| status.success())
    };
    let named = std::env::var_os(PYTHON).map(PathBuf::from);
    // The system's own has the system's packages, even where another comes first.
    let system = Some(PathBuf::from("/usr/bin/python3"));
    let mut pythons = [named, on_path("python3"), system].into_iter().flatten();
    pythons.find(has_aioice)
}

fn find(wanted: &Wanted) -> Option<PathBuf> {
    let named = std::env::var_os(wanted.variable)
        .map(PathBuf::from)
        .filter(|path| path.is_file());
    named
        .or_else(|| wanted.names.iter().find_map(|name| on_path(name)))
        .or_else(|| {
            wanted
                .names
                .iter()
                .find_map(|name| cached(&cache_dir().ok()?, name))
        })
}

fn cached(cache: &Path, name: &str) -> Option<PathBuf> {
    let path = cache
        .join("bin")
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    path.is_file().then_some(path)
}

fn install_geckodriver() -> Result<PathBuf> {
    let cache = cache_dir()?;
    say(format!(
        "cargo install {GECKODRIVER} (about 5 minutes, once) to {}",
        cache.display()
    ));
    let mut cargo = Command::new("cargo");
    // A folder of its own: our target folder would keep the objects for ever.
    cargo
        .env_remove("CARGO_TARGET_DIR")
        .args(["install", "--quiet", "--locked", GECKODRIVER]);
    run(cargo.arg("--root").arg(&cache), "installing geckodriver")?;
    cached(&cache, "geckodriver").context("cargo installed geckodriver, but it is not there")
}

/// What a program of the crate `e2e` finds in its environment: where the browsers and other tools are,
/// and where the program under test is.
pub fn environment(program: PathBuf) -> Result<Vec<(&'static str, PathBuf)>> {
    let mut environment = ensure()?;
    environment.push(("CRABCALL_BIN", program));
    Ok(environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cached_driver_is_found_only_where_it_is() {
        let cache = std::env::temp_dir().join(format!("crabcall-cache-{}", std::process::id()));
        assert_eq!(cached(&cache, "geckodriver"), None);
        let file = cache
            .join("bin")
            .join(format!("geckodriver{}", std::env::consts::EXE_SUFFIX));
        std::fs::create_dir_all(cache.join("bin")).unwrap();
        std::fs::write(&file, "").unwrap();
        assert_eq!(cached(&cache, "geckodriver"), Some(file));
        std::fs::remove_dir_all(cache).unwrap();
    }
}
