//! Puts the page's folder together: hashed names, one index.html, each file compressed beside it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::compress::{brotli, gzip};
use crate::css;
use crate::project::{files_below, read, read_text};
use crate::wasm_bindgen::Bound;

/// Stands in `crates/web/index.html`, inside of `<head>`, for the links to all hashed files.
const ASSETS: &str = "{{assets}}";
/// Starts the page, with the words of the browser's language. A program that was cut off on its way is
/// asked for again. A page that cannot start says so by an attribute of `<html>`, and one that has
/// stopped, as it does by a panic, by another. A proxy that calls the program something else must not
/// keep it from starting: browsers stream only what is called `application/wasm`.
const START: &str = r#"const boot = document.documentElement.dataset;
const check = (error) => {
  if (error instanceof WebAssembly.RuntimeError) boot.boot = "stopped";
};
addEventListener("error", (event) => check(event.error));
addEventListener("unhandledrejection", (event) => check(event.reason));
const get = (name) => fetch(new URL(name, import.meta.url));
const files = {files};
const words = files["words." + (navigator.language ?? "").slice(0, 2)];
const text = words && get(words).then((file) => file.text()).catch(() => {});
const later = () => new Promise((go) => setTimeout(go, 1e3));
const named = { "content-type": "application/wasm" };
const program = async (name) => {
  const file = await get(name);
  const isNamed = file.headers.get("content-type") === named["content-type"];
  return isNamed || !file.ok ? file : new Response(file.body, { headers: named });
};
const load = (tries) => WebAssembly.instantiateStreaming(program("{wasm}"), __wbg_get_imports())
  .catch((error) => tries ? later().then(() => load(tries - 1)) : Promise.reject(error));
try {
  const { instance, module } = await load(3);
  globalThis.words = await text;
  __wbg_finalize_init(instance, module);
} catch (error) {
  boot.boot ??= "failed";
  throw error;
}
"#;
/// Defines the function that loads a bundle by its name and returns its module once its program runs. A
/// bundle that could not be loaded is requested again the next time.
const LOADER: &str = r#"const loaded = {};
const bundle = async (name) => {
  const module = await import(files[name]);
  await module.load(program);
  return module;
};
globalThis.bundle = (name) => loaded[name] ??= bundle(name).catch((error) => {
  delete loaded[name];
  throw error;
});
"#;
/// Defines what the module of a bundle exports: a function that starts its program, given a function that
/// loads it. The module does not load the program by itself, because a browser does not import a module
/// again that has failed.
const LOAD: &str = r#"export const load = async (program) => {
  const file = program("./{wasm}");
  const { instance, module } = await WebAssembly.instantiateStreaming(file, __wbg_get_imports());
  __wbg_finalize_init(instance, module);
};
"#;
/// The functions of wasm-bindgen's glue by which it is started.
const CALLED: [&str; 2] = [
    "function __wbg_get_imports(",
    "function __wbg_finalize_init(",
];
/// The language that stands in the WASM; files of the others are loaded where they are spoken.
const BUILT_IN: &str = "en";

/// What a person writes for the page, apart from Rust.
#[derive(Debug, Default)]
pub struct Sources {
    pub index: String,
    /// The style sheets joined in the order of their names.
    pub style: String,
    /// The texts of each language but English, by its code: each in a line, below the English one.
    pub words: BTreeMap<String, String>,
    /// Files served as they are, under their own names.
    pub static_files: BTreeMap<String, Vec<u8>>,
}

impl Sources {
    /// Reads `index.html`, `style/*.css` and `static/**` of the web crate, and the words of all
    /// bundles. `crates` is the folder that their crates stand in.
    pub fn read(crates: &Path) -> Result<Self> {
        let web = crates.join("web");
        let mut style = String::new();
        for file in files_below(&web.join("style"))? {
            if file.extension().is_some_and(|extension| extension == "css") {
                style.push_str(&read_text(&file)?);
                style.push('\n');
            }
        }
        let folder = web.join("static");
        let mut static_files = BTreeMap::new();
        for file in files_below(&folder)? {
            let name = file.strip_prefix(&folder).unwrap_or(&file);
            static_files.insert(name.to_string_lossy().replace('\\', "/"), read(&file)?);
        }
        Ok(Self {
            index: read_text(&web.join("index.html"))?,
            style,
            words: words(crates)?,
            static_files,
        })
    }
}

/// The texts of each language but English, as [`Sources::words`]. The page's own stand by a key in
/// every language, those of the connection test by the English text.
fn words(crates: &Path) -> Result<BTreeMap<String, String>> {
    let locales = crates.join("web/locales");
    let english = texts(&locales.join(BUILT_IN).with_extension("json"))?;
    let mut words = BTreeMap::new();
    for file in files_below(&locales)? {
        let code = file.file_stem().unwrap_or_default().to_string_lossy();
        if code != BUILT_IN {
            let check = crates.join("check/words").join(&*code);
            let check = texts(&check.with_extension("json"))?;
            words.insert(code.into_owned(), lines(&english, &texts(&file)?, check)?);
        }
    }
    Ok(words)
}

/// The texts of a language by their keys.
fn texts(file: &Path) -> Result<BTreeMap<String, String>> {
    serde_json::from_str(&read_text(file)?)
        .with_context(|| format!("cannot understand {}", file.display()))
}

/// Each English text, and below it the same in another language: `other`, which has the keys of
/// `english`, and `more`, whose keys are English texts.
fn lines(
    english: &BTreeMap<String, String>,
    other: &BTreeMap<String, String>,
    more: BTreeMap<String, String>,
) -> Result<String> {
    let mut pairs = more;
    for (key, english) in english {
        let Some(text) = other.get(key) else { continue };
        if let Some(before) = pairs.insert(english.clone(), text.clone())
            && before != *text
        {
            bail!("`{english}` is both `{before}` and `{text}`");
        }
    }
    pairs.retain(|english, text| english != text);
    let lines: Vec<String> = pairs
        .into_iter()
        .flat_map(|(english, text)| [english, text])
        .collect();
    Ok(lines.join("\n"))
}

/// One file of the finished page, with its sizes in bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub raw: usize,
    /// None: brotli makes it no smaller.
    pub brotli: Option<usize>,
    /// True if every first visit loads it.
    pub cold: bool,
}

/// What is compiled of the page.
#[derive(Debug, Default)]
pub struct Bundles {
    /// The page itself.
    pub app: Bound,
    /// The bundles that are loaded on use, by the names that the page has for them.
    pub on_use: Vec<(&'static str, Bound)>,
}

/// Names each file after its content and writes the links into index.html.
pub fn assemble(sources: &Sources, bundles: Bundles) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut index = sources.index.clone();
    let mut files = sources.static_files.clone();
    files.retain(|name, bytes| !put_inside(&mut index, name, bytes));
    let mut head = String::new();
    let mut add = |stem: &str, extension: &str, bytes: Vec<u8>| {
        let name = format!("{stem}.{}.{extension}", hash(&bytes));
        files.insert(name.clone(), bytes);
        name
    };

    let wasm = add("app", "wasm", bundles.app.wasm);
    let (mut glue, modules) = glue_of(bundles.app.glue, bundles.app.snippets, &mut add)?;
    // The table for the loader: the names of the bundles, and their files.
    let mut on_use = BTreeMap::new();
    for (name, bound) in bundles.on_use {
        let wasm = add(name, "wasm", bound.wasm);
        let (mut module, _) = glue_of(bound.glue, bound.snippets, &mut add)?;
        write!(module, "\n{}", LOAD.replace("{wasm}", &wasm))?;
        on_use.insert(name.to_owned(), add(name, "js", module.into_bytes()));
    }
    for (code, texts) in &sources.words {
        let name = format!("words.{code}");
        let file = add(&name, "txt", texts.clone().into_bytes());
        on_use.insert(name, file);
    }
    let on_use = on_use
        .iter()
        .map(|(name, file)| format!("\"{name}\": \"./{file}\""));
    let on_use: Vec<String> = on_use.collect();
    let start = START
        .replace("{wasm}", &format!("./{wasm}"))
        .replace("{files}", &format!("{{ {} }}", on_use.join(", ")));
    // The lines that start the page stand at the end of the glue, which saves a request. They stand
    // in a block, so that their names do not collide with the glue's, such as `wasm`.
    write!(glue, "\n{{\n{LOADER}{start}}}\n")?;
    let app = add("app", "js", glue.into_bytes());
    let style = add("style", "css", css::shorter(&sources.style).into_bytes());

    write!(head, "<link rel=\"stylesheet\" href=\"/{style}\">")?;
    write!(
        head,
        "<link rel=\"preload\" href=\"/{wasm}\" as=\"fetch\" type=\"application/wasm\" crossorigin>"
    )?;
    for name in modules.iter().chain([&app]) {
        write!(head, "<link rel=\"modulepreload\" href=\"/{name}\">")?;
    }
    // The attribute tells Cloudflare's Rocket Loader to leave the script as it is.
    write!(
        head,
        "<script data-cfasync=\"false\" type=\"module\" src=\"/{app}\"></script>"
    )?;
    files.insert("index.html".to_owned(), fill(&index, &head)?.into_bytes());
    Ok(files)
}

/// The glue with its snippets by their hashed names, and those names.
fn glue_of(
    mut glue: String,
    snippets: Vec<(String, String)>,
    add: &mut impl FnMut(&str, &str, Vec<u8>) -> String,
) -> Result<(String, Vec<String>)> {
    let mut modules = Vec::new();
    for (path, text) in snippets {
        let name = add("snippet", "js", text.into_bytes());
        // Only where it is imported: the WASM calls the module by its old name.
        let imported = format!("from \"{path}\"");
        if !glue.contains(&imported) {
            bail!("wasm-bindgen's glue does not import its own snippet {path}");
        }
        glue = glue.replace(&imported, &format!("from \"./{name}\""));
        modules.push(name);
    }
    if let Some(missing) = CALLED.iter().find(|called| !glue.contains(**called)) {
        bail!("wasm-bindgen's glue has no `{missing}`: adapt xtask to its new version");
    }
    Ok((glue, modules))
}

/// Puts a picture into the page where it is named, as a `data:` URL (RFC 2397): a request and the
/// head of its answer weigh more than a drawing does. False if it stays a file.
fn put_inside(index: &mut String, name: &str, bytes: &[u8]) -> bool {
    let quoted = format!("\"/{name}\"");
    let text = std::str::from_utf8(bytes).ok();
    let Some(svg) = text.filter(|_| name.ends_with(".svg") && index.contains(&quoted)) else {
        return false;
    };
    let mut url = String::from("data:image/svg+xml,");
    for c in svg.trim().chars() {
        match c {
            '"' => url.push('\''),
            // What would end the URL or begin an escape, and what is not ASCII.
            '#' | '%' | '&' | '\0'..' ' | '\x7f'.. => {
                let mut buffer = [0; 4];
                for byte in c.encode_utf8(&mut buffer).bytes() {
                    url.push_str(&format!("%{byte:02X}"));
                }
            }
            _ => url.push(c),
        }
    }
    *index = index.replace(&quoted, &format!("\"{url}\""));
    true
}

fn fill(index: &str, head: &str) -> Result<String> {
    if index.matches(ASSETS).count() != 1 {
        bail!("crates/web/index.html must have {ASSETS} exactly once, inside of <head>");
    }
    let filled = index.replace(ASSETS, head);
    if let Some((_, rest)) = filled.split_once("{{") {
        let name = rest.split("}}").next().unwrap_or_default();
        bail!("crates/web/index.html: nothing is known to put in place of {{{{{name}}}}}");
    }
    Ok(filled)
}

/// The first 16 hexadecimal digits of the SHA-256.
fn hash(bytes: &[u8]) -> String {
    let mut hex = String::new();
    for byte in Sha256::digest(bytes).iter().take(8) {
        hex.push_str(&format!("{byte:02x}"));
    }
    hex
}

/// Makes `folder` hold exactly these files, each with `.br` and `.gz` beside it where smaller.
/// A file that is right already keeps its time, so that the program is not rebuilt for nothing.
pub fn write(folder: &Path, files: BTreeMap<String, Vec<u8>>, compress: bool) -> Result<Vec<File>> {
    let index = files
        .get("index.html")
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .unwrap_or_default();
    let mut report = Vec::new();
    let mut all = BTreeMap::new();
    for (name, bytes) in files {
        let brotli = if compress {
            smaller(&bytes, brotli(&bytes)?)
        } else {
            None
        };
        let gzip = if compress {
            smaller(&bytes, gzip(&bytes)?)
        } else {
            None
        };
        report.push(File {
            raw: bytes.len(),
            brotli: brotli.as_ref().map(Vec::len),
            cold: name == "index.html" || index.contains(&format!("\"/{name}\"")),
            name: name.clone(),
        });
        all.extend(brotli.map(|bytes| (format!("{name}.br"), bytes)));
        all.extend(gzip.map(|bytes| (format!("{name}.gz"), bytes)));
        all.insert(name, bytes);
    }
    for old in files_below(folder)? {
        let name = old
            .strip_prefix(folder)
            .unwrap_or(&old)
            .to_string_lossy()
            .replace('\\', "/");
        if !all.contains_key(&name) {
            std::fs::remove_file(&old)
                .with_context(|| format!("cannot remove {}", old.display()))?;
        }
    }
    for (name, bytes) in all {
        let path = folder.join(name);
        if std::fs::read(&path).is_ok_and(|there| there == bytes) {
            continue;
        }
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)
                .with_context(|| format!("cannot make {}", parent.display()))?;
        }
        std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(report)
}

fn smaller(raw: &[u8], packed: Vec<u8>) -> Option<Vec<u8>> {
    (packed.len() < raw.len()).then_some(packed)
}

/// The sizes as a table, and what a cold load costs on the wire.
pub fn table(files: &[File]) -> String {
    let mut text = format!("{:<32} {:>9} {:>9}\n", "file", "raw", "brotli");
    for file in files {
        let brotli = file
            .brotli
            .map_or_else(|| "-".to_owned(), |size| size.to_string());
        text.push_str(&format!("{:<32} {:>9} {brotli:>9}\n", file.name, file.raw));
    }
    let cold = files.iter().filter(|file| file.cold);
    let total: usize = cold.map(|file| file.brotli.unwrap_or(file.raw)).sum();
    text.push_str(&format!("a cold load: {total} bytes\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources() -> Sources {
        Sources {
            index: "<head>{{assets}}<link href=\"/icon.ico\"></head>".into(),
            style: "body{}".into(),
            words: BTreeMap::from([("de".into(), "Ja\nNein".into())]),
            static_files: BTreeMap::from([
                ("icon.ico".into(), b"ico".to_vec()),
                ("big.png".into(), vec![7; 10]),
            ]),
        }
    }

    fn bundles() -> Bundles {
        let check = Bound {
            glue: CALLED.join("\n"),
            wasm: b"\0asm check".to_vec(),
            ..Bound::default()
        };
        Bundles {
            app: app(),
            on_use: vec![("check", check)],
        }
    }

    fn app() -> Bound {
        Bound {
            glue: "import * as import1 from \"./snippets/web-1/inline0.js\"\n\
                \"./snippets/web-1/inline0.js\": import1\nfunction __wbg_get_imports() {}\n\
                function __wbg_finalize_init() {}"
                .into(),
            snippets: vec![(
                "./snippets/web-1/inline0.js".into(),
                "export const f = 1;".into(),
            )],
            wasm: b"\0asm".to_vec(),
        }
    }

    fn text(files: &BTreeMap<String, Vec<u8>>, name: &str) -> String {
        String::from_utf8(files[name].clone()).unwrap()
    }

    /// Failed once: both declared `wasm`, and no browser started the page.
    #[test]
    fn what_starts_the_page_shares_no_names_with_the_glue() {
        let files = assemble(&sources(), bundles()).unwrap();
        let app = files
            .keys()
            .find(|it| it.starts_with("app.") && it.ends_with(".js"));
        let text = text(&files, app.unwrap());
        let (glue, start) = text.split_once("\n{\n").unwrap();
        assert!(!glue.contains("const loaded"), "{glue}");
        assert!(
            start.starts_with("const loaded") && start.ends_with("throw error;\n}\n}\n"),
            "{start}"
        );
    }

    #[test]
    fn index_refers_to_every_hashed_file_and_nothing_else() {
        let files = assemble(&sources(), bundles()).unwrap();
        let index = text(&files, "index.html");
        for name in files
            .keys()
            .filter(|name| !["index.html", "big.png"].contains(&&***name))
            .filter(|name| !name.starts_with("check.") && !name.starts_with("words."))
        {
            assert!(
                index.contains(&format!("\"/{name}\"")),
                "{name} is not in {index}"
            );
        }
        for (_, rest) in index
            .match_indices("=\"/")
            .map(|(at, _)| index.split_at(at + 3))
        {
            let name = rest.split('"').next().unwrap();
            assert!(files.contains_key(name), "{name} is no file");
        }
    }

    #[test]
    fn a_drawing_stands_in_the_page_itself() {
        let svg = "<svg a=\"#b\">\u{e9}</svg>\n";
        let mut index = "<link href=\"/a.svg\"><img src=\"/a.svg\"><img src=\"/a.png\">".to_owned();
        assert!(put_inside(&mut index, "a.svg", svg.as_bytes()));
        assert!(!put_inside(&mut index, "a.png", b"png"));
        assert!(!put_inside(&mut index, "other.svg", svg.as_bytes()));
        let url = "\"data:image/svg+xml,<svg a='%23b'>%C3%A9</svg>\"";
        assert_eq!(
            index,
            format!("<link href={url}><img src={url}><img src=\"/a.png\">")
        );
    }

    #[test]
    fn a_name_follows_the_content() {
        let one = assemble(&sources(), bundles()).unwrap();
        let other = assemble(
            &sources(),
            Bundles {
                app: Bound {
                    wasm: b"\0asm2".to_vec(),
                    ..app()
                },
                ..bundles()
            },
        )
        .unwrap();
        let wasm = |files: &BTreeMap<String, Vec<u8>>| {
            files
                .keys()
                .find(|name| name.starts_with("app.") && name.ends_with(".wasm"))
                .cloned()
                .unwrap()
        };
        assert_ne!(wasm(&one), wasm(&other));
        // SHA-256 of "abc" begins so.
        assert_eq!(hash(b"abc"), "ba7816bf8f01cfea");
    }

    #[test]
    fn the_glue_imports_its_snippets_by_their_hashed_names() {
        let files = assemble(&sources(), bundles()).unwrap();
        let snippet = files
            .keys()
            .find(|name| name.starts_with("snippet."))
            .unwrap();
        let app = files
            .keys()
            .find(|n| n.starts_with("app.") && n.ends_with(".js"))
            .unwrap();
        let glue = text(&files, app);
        assert!(glue.contains(&format!("from \"./{snippet}\"")));
        assert!(glue.contains("\"./snippets/web-1/inline0.js\": import1"));
        assert!(glue.contains(".wasm\"), __wbg_get_imports())"));
    }

    #[test]
    fn a_language_has_its_texts_below_the_english_ones() {
        let texts = |texts: &[(&str, &str)]| {
            let texts = texts.iter();
            texts
                .map(|(key, text)| ((*key).into(), (*text).into()))
                .collect()
        };
        let english = texts(&[("a", "Yes"), ("b", "No"), ("c", "No"), ("d", "Server")]);
        let german = texts(&[("a", "Ja"), ("b", "Nein"), ("c", "Nein"), ("d", "Server")]);
        let more = texts(&[("OK", "OK"), ("Wait", "Warte"), ("Yes", "Ja")]);
        assert_eq!(
            lines(&english, &german, more).unwrap(),
            "No\nNein\nWait\nWarte\nYes\nJa"
        );
        let other = texts(&[("Yes", "Doch")]);
        assert!(lines(&english, &german, other).is_err());
    }

    #[test]
    fn a_language_is_a_file_of_its_own_that_the_glue_knows() {
        let files = assemble(&sources(), bundles()).unwrap();
        let file = files
            .keys()
            .find(|name| name.starts_with("words."))
            .unwrap();
        assert_eq!(text(&files, file), "Ja\nNein");
        let mut names = files.keys();
        let app = names.find(|name| name.starts_with("app.") && name.ends_with(".js"));
        assert!(text(&files, app.unwrap()).contains(&format!("\"words.de\": \"./{file}\"")));
    }

    #[test]
    fn the_connection_test_is_loaded_by_the_glue_alone_and_only_when_asked_for() {
        let files = assemble(&sources(), bundles()).unwrap();
        let index = text(&files, "index.html");
        assert!(!index.contains("check."), "{index}");
        let app = files
            .keys()
            .find(|n| n.starts_with("app.") && n.ends_with(".js"));
        let glue = text(&files, app.unwrap());
        let named = |extension: &str| {
            let mut names = files.keys().filter(|name| name.starts_with("check."));
            names.find(|name| name.ends_with(extension)).unwrap()
        };
        let module = named(".js");
        assert!(
            glue.contains(&format!("\"check\": \"./{module}\"")),
            "{glue}"
        );
        let wasm = format!("\"./{}\"", named(".wasm"));
        assert!(!glue.contains(&wasm), "{glue}");
        assert_eq!(text(&files, module).matches(&wasm).count(), 1);
    }

    #[test]
    fn the_page_has_no_inline_script() {
        let files = assemble(&sources(), bundles()).unwrap();
        let index = text(&files, "index.html");
        assert_eq!(
            index.matches("<script").count(),
            index.matches("></script>").count()
        );
    }

    #[test]
    fn a_wrong_index_or_glue_is_refused() {
        for index in [
            "<head></head>",
            "{{assets}}{{assets}}",
            "{{assets}} {{title}}",
        ] {
            let sources = Sources {
                index: index.into(),
                ..sources()
            };
            assert!(assemble(&sources, bundles()).is_err(), "{index}");
        }
        assert!(
            assemble(
                &sources(),
                Bundles {
                    app: Bound {
                        glue: "x".into(),
                        ..app()
                    },
                    ..bundles()
                }
            )
            .is_err()
        );
    }

    #[test]
    fn the_folder_holds_exactly_the_page_and_keeps_what_is_right() {
        let folder = std::env::temp_dir().join(format!("crabcall-page-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("app.old.js"), "old").unwrap();
        let page = |style: &str| {
            BTreeMap::from([
                ("index.html".to_owned(), "a".repeat(500).into_bytes()),
                ("tiny".to_owned(), b"x".to_vec()),
                ("style.css".to_owned(), style.as_bytes().to_vec()),
            ])
        };
        let report = write(&folder, page("one"), true).unwrap();
        assert_eq!(
            names(&folder),
            [
                "index.html",
                "index.html.br",
                "index.html.gz",
                "style.css",
                "tiny"
            ]
        );
        assert_eq!(
            report
                .iter()
                .map(|file| file.brotli.is_some())
                .collect::<Vec<_>>(),
            [true, false, false]
        );

        let time = |name: &str| {
            std::fs::metadata(folder.join(name))
                .unwrap()
                .modified()
                .unwrap()
        };
        let before = (time("index.html"), time("index.html.br"));
        write(&folder, page("two"), true).unwrap();
        assert_eq!((time("index.html"), time("index.html.br")), before);
        assert_eq!(std::fs::read(folder.join("style.css")).unwrap(), b"two");
        std::fs::remove_dir_all(folder).unwrap();
    }

    fn names(folder: &Path) -> Vec<String> {
        let files = files_below(folder).unwrap();
        files
            .iter()
            .map(|f| f.file_name().unwrap().to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn the_cold_load_counts_what_index_loads() {
        let file = |name: &str, raw, brotli, cold| File {
            name: name.into(),
            raw,
            brotli,
            cold,
        };
        let files = [
            file("index.html", 100, Some(40), true),
            file("app.wasm", 1000, None, true),
            file("later.png", 5000, None, false),
        ];
        assert!(table(&files).ends_with("a cold load: 1040 bytes\n"));
    }
}
