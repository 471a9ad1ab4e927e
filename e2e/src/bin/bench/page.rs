//! Bytes on the wire of a cold load.

use std::{collections::BTreeSet, fmt::Write as _};

use anyhow::{Context, Result, ensure};
use e2e::{Browser, Role, Server, Setup};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::stats::grouped;

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
        "`cargo xtask bench page`\n\nA cold load of the home page with `Accept-Encoding: br`, as \
         bytes of HTTP/1.1 on the wire.\n\n| file | head | body |\n|---|---|---|\n",
    );
    let (mut heads, mut bodies) = (0, 0);
    for path in paths {
        let (head, body) = load(&server, &path).await?;
        let _ = writeln!(
            text,
            "| `{path}` | {} | {} |",
            grouped(head as f64, 0),
            grouped(body as f64, 0)
        );
        heads += head;
        bodies += body;
    }
    let all = (heads + bodies) as f64;
    let _ = writeln!(
        text,
        "| all | {} | {} |\n\n{} bytes in all; at most 127,000 (livekit-client's script alone), {:.2} of that.",
        grouped(heads as f64, 0),
        grouped(bodies as f64, 0),
        grouped(all, 0),
        all / 127_000.0
    );
    Ok(text)
}

/// Bytes of head and body.
async fn load(server: &Server, path: &str) -> Result<(usize, usize)> {
    let mut stream = TcpStream::connect(server.http()).await?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nAccept-Encoding: gzip, deflate, br\r\n\
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
    Ok((head, answer.len() - head))
}
