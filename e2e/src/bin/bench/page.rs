//! Bytes on the wire of a cold load, and of each bundle that is loaded on use.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use anyhow::{Context, Result, ensure};
use e2e::{Browser, Role, Server, Setup};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::stats::grouped;

/// What a cold load of the home page may weigh, all of home, lobby and call, in bytes on the wire.
const MAX_PAGE_BYTES: usize = 220_000;
const MAX_REQUESTS: usize = 5;
/// The bundles that are loaded on use: what the names of their files begin with, and how many bytes they
/// may weigh.
const ON_USE: [(&str, usize); 2] = [("check", 60_000), ("words", 14_000)];

pub async fn run() -> Result<String> {
    let server = Server::start().await?;
    // What a browser really asks for.
    let browser = Browser::start(&Setup::chromium()).await?;
    browser.web().goto(server.origin()).await?;
    browser.find(Role::Button, "Start a call").await?;
    let script = "return performance.getEntriesByType('resource').map((entry) => entry.name);";
    let names = browser.run(script, vec![]).await?;
    browser.quit().await?;
    let mut paths = BTreeSet::from(["/".to_owned()]);
    for name in names.as_array().context("a list of resources")? {
        let name = name.as_str().unwrap_or_default();
        let path = name.strip_prefix(&server.origin());
        let path = path.with_context(|| format!("{name} is not of this server"))?;
        paths.insert(path.to_owned());
    }

    let mut text = String::from(
        "`cargo xtask bench page`\n\nA cold load of the home page with `Accept-Encoding: br`, and of \
         what is loaded on use, as bytes of HTTP/1.1 on the wire.\n\n\
         | file | head | body |\n|---|---|---|\n",
    );
    let bytes = table(&server, &paths, &mut text).await?;
    let mut sums = format!(
        "\nA cold load: {} bytes in {} requests (at most {} in {MAX_REQUESTS}).",
        grouped(bytes as f64, 0),
        paths.len(),
        grouped(MAX_PAGE_BYTES as f64, 0),
    );
    let mut is_within = bytes <= MAX_PAGE_BYTES && paths.len() <= MAX_REQUESTS;
    let on_use = on_use(&server, &paths).await?;
    for (name, paths) in &on_use {
        let known = ON_USE.iter().find(|(known, _)| known == name);
        let (_, most) = known.with_context(|| format!("`{name}` has no budget"))?;
        let bytes = table(&server, paths, &mut text).await?;
        is_within &= bytes <= *most;
        let _ = write!(
            sums,
            " `{name}`: {} bytes (at most {}).",
            grouped(bytes as f64, 0),
            grouped(*most as f64, 0)
        );
    }
    text.push_str(&sums);
    text.push('\n');
    ensure!(on_use.len() == ON_USE.len(), "not all is there:\n{text}");
    ensure!(is_within, "beyond its limits:\n{text}");
    Ok(text)
}

/// Adds a row for each of these, and returns the bytes of all.
async fn table(server: &Server, paths: &BTreeSet<String>, text: &mut String) -> Result<usize> {
    let mut all = 0;
    for path in paths {
        let (head, body) = load(server, path, "br").await?;
        let (head, body) = (head.len(), body.len());
        let _ = writeln!(
            text,
            "| `{path}` | {} | {} |",
            grouped(head as f64, 0),
            grouped(body as f64, 0)
        );
        all += head + body;
    }
    Ok(all)
}

/// The files of each bundle that the page's scripts name and a cold load does not load, by what their
/// names begin with.
async fn on_use(
    server: &Server,
    page: &BTreeSet<String>,
) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut named: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut unread: Vec<String> = page
        .iter()
        .filter(|it| it.ends_with(".js"))
        .cloned()
        .collect();
    while let Some(path) = unread.pop() {
        let (_, script) = load(server, &path, "identity").await?;
        let script = String::from_utf8_lossy(&script).into_owned();
        for file in script.split('"').filter_map(|it| it.strip_prefix("./")) {
            let path = format!("/{file}");
            let name = file.split('.').next().unwrap_or_default().to_owned();
            if !page.contains(&path) && named.entry(name).or_default().insert(path.clone()) {
                unread.extend(path.ends_with(".js").then_some(path));
            }
        }
    }
    Ok(named)
}

/// Head and body of the answer.
async fn load(server: &Server, path: &str, encoding: &str) -> Result<(Vec<u8>, Vec<u8>)> {
    let mut stream = TcpStream::connect(server.http()).await?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nAccept-Encoding: {encoding}\r\n\
         Connection: close\r\n\r\n",
        server.http().port()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    ensure!(answer.starts_with(b"HTTP/1.1 200"), "{path} is not there");
    let head = answer
        .windows(4)
        .position(|bytes| bytes == b"\r\n\r\n")
        .context("no HTTP head")?
        + 4;
    let body = answer.split_off(head);
    Ok((answer, body))
}
