//! Bytes on the wire of a cold load, and of the bundle that is loaded on use.

use std::{collections::BTreeSet, fmt::Write as _};

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
/// What the connection test may weigh on top of it.
const MAX_CHECK_BYTES: usize = 60_000;

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
         what the connection test adds, as bytes of HTTP/1.1 on the wire.\n\n\
         | file | head | body |\n|---|---|---|\n",
    );
    let page = table(&server, &paths, &mut text).await?;
    let check = table(&server, &check_paths(&server, &paths).await?, &mut text).await?;
    let _ = writeln!(
        text,
        "\nThe page: {} bytes in {} requests (at most {} in {MAX_REQUESTS}). The connection test: {} \
         bytes (at most {}).",
        grouped(page as f64, 0),
        paths.len(),
        grouped(MAX_PAGE_BYTES as f64, 0),
        grouped(check as f64, 0),
        grouped(MAX_CHECK_BYTES as f64, 0),
    );
    ensure!(
        page <= MAX_PAGE_BYTES && paths.len() <= MAX_REQUESTS && check <= MAX_CHECK_BYTES,
        "beyond its limits:\n{text}"
    );
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

/// The files of the connection test, which the page's scripts name.
async fn check_paths(server: &Server, page: &BTreeSet<String>) -> Result<BTreeSet<String>> {
    let mut named = BTreeSet::new();
    let mut unread: Vec<String> = page
        .iter()
        .filter(|it| it.ends_with(".js"))
        .cloned()
        .collect();
    while let Some(path) = unread.pop() {
        let (_, script) = load(server, &path, "identity").await?;
        let script = String::from_utf8_lossy(&script).into_owned();
        for word in script.split(|c: char| !c.is_ascii_alphanumeric() && c != '.') {
            let is_file = word.ends_with(".js") || word.ends_with(".wasm");
            if word.starts_with("check.") && is_file && named.insert(format!("/{word}")) {
                unread.extend(word.ends_with(".js").then(|| format!("/{word}")));
            }
        }
    }
    ensure!(!named.is_empty(), "no script names the connection test");
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
