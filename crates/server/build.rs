//! Embeds the page: every file of the folder that `CRABCALL_PAGE_DIR` names, with the brotli and
//! gzip forms that lie beside it. Without that variable one sentence tells how to get a page.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

/// The style of the pages that the server itself writes.
const STYLE: &str = "assets/plain.css";
/// The mark of the page, which the server's own pages show too.
const MARK: &str = "../web/static/crab.svg";

const NO_PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Crabcall</title>\
<p>This Crabcall was built without its page: build and start it with <code>cargo xtask serve</code>.</p></html>\n";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={STYLE}");
    println!("cargo::rerun-if-changed={MARK}");
    println!("cargo::rerun-if-env-changed=CRABCALL_PAGE_DIR");
    let out = PathBuf::from(env::var("OUT_DIR")?);

    let mut files = String::new();
    match env::var_os("CRABCALL_PAGE_DIR").filter(|dir| !dir.is_empty()) {
        Some(dir) => {
            let dir = PathBuf::from(dir);
            println!("cargo::rerun-if-changed={}", dir.display());
            if !dir.join("index.html").is_file() {
                return Err(
                    format!("CRABCALL_PAGE_DIR: no index.html in {}", dir.display()).into(),
                );
            }
            for path in files_below(&dir)? {
                let name = path
                    .strip_prefix(&dir)?
                    .to_str()
                    .ok_or("a file name is not UTF-8")?;
                let name = name.replace('\\', "/");
                writeln!(files, "    {},", asset(&format!("/{name}"), &path)?)?;
            }
        }
        None => {
            let path = out.join("index.html");
            fs::write(&path, NO_PAGE)?;
            writeln!(files, "    {},", asset("/index.html", &path)?)?;
        }
    }

    let generated = format!(
        "/// The files of the page.\npub static FILES: &[Asset] = &[\n{files}];\n\
         /// The style of the server's own pages.\npub static STYLE: Asset = {};\n\
         /// The mark on the server's own pages.\npub static MARK: Asset = {};\n",
        own(STYLE, "plain", &out)?,
        own(MARK, "crab", &out)?,
    );
    fs::write(out.join("page.rs"), generated)?;
    Ok(())
}

/// A file for the server's own pages. It is copied, because a target folder may outlive the clone
/// that it was filled from.
fn own(path: &str, name: &str, out: &Path) -> Result<String, Box<dyn Error>> {
    let path = Path::new(path);
    let copy = out.join(name).with_extension(extension(path));
    fs::copy(path, &copy)?;
    let name = format!("/{name}.{}.{}", hash(&fs::read(&copy)?), extension(path));
    asset(&name, &copy)
}

/// Every file below, in order, without those that are another's compressed form.
fn files_below(dir: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if !matches!(extension(&path), "br" | "gz") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn asset(name: &str, path: &Path) -> Result<String, Box<dyn Error>> {
    let compressed = |extension: &str| {
        let path = PathBuf::from(format!("{}.{extension}", path.display()));
        if path.is_file() {
            format!("Some(include_bytes!({path:?}))")
        } else {
            "None".to_owned()
        }
    };
    Ok(format!(
        "Asset {{ path: {name:?}, content_type: {:?}, hash: {:?}, identity: include_bytes!({path:?}), brotli: {}, gzip: {} }}",
        content_type(path)?,
        hash(&fs::read(path)?),
        compressed("br"),
        compressed("gz"),
    ))
}

fn hash(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn extension(path: &Path) -> &str {
    path.extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default()
}

fn content_type(path: &Path) -> Result<&'static str, Box<dyn Error>> {
    Ok(match extension(path) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "mp3" => "audio/mpeg",
        "ogg" | "opus" => "audio/ogg",
        "wav" => "audio/wav",
        "txt" => "text/plain; charset=utf-8",
        _ => return Err(format!("what kind of file is {}? Tell build.rs", path.display()).into()),
    })
}
