//! A proxy between a browser and the server, of the kind that does not let everything through.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, AtomicUsize, Ordering},
    },
};

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What becomes of a request to change to WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum WebSockets {
    /// They work.
    Pass,
    /// Answered with 403.
    Refused,
    /// Never answered.
    Hang,
    /// Passed on without the headers that make it one.
    Stripped,
}

/// What the proxy does with all requests for signalling, those of the fallback too. The page itself
/// always comes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Signalling {
    /// The proxy passes everything on, but for what [`WebSockets`] says of WebSockets.
    Pass,
    /// The proxy redirects to a login, as it does when somebody is not logged in any more.
    Redirected,
    /// The proxy answers with status 200 and a login page.
    LoginPage,
    /// The proxy answers with 401.
    Unauthorized,
    /// The proxy passes on only the paths of the page, and answers the others with 404.
    NotFound,
    /// The proxy passes requests on with its own name for the server in the header Host.
    OtherHost,
}

impl Signalling {
    /// The head and the body that the proxy answers with in the place of the server.
    fn answer(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Redirected => Some(("302 Found\r\nLocation: https://login.example/", "")),
            Self::LoginPage => Some(("200 OK\r\nContent-Type: text/html", "<h1>Log in</h1>")),
            Self::Unauthorized => Some(("401 Unauthorized", "")),
            Self::NotFound => Some(("404 Not Found", "")),
            Self::Pass | Self::OtherHost => None,
        }
    }
}

/// What the proxy makes of the head of an answer.
pub type Change = fn(&str) -> String;

/// What the proxy does besides what becomes of WebSockets.
#[derive(Debug, Clone, Copy)]
struct Manner {
    signalling: Signalling,
    change: Option<Change>,
    prefix: Option<&'static str>,
}

/// The proxy, until it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    web_sockets: Arc<AtomicU8>,
    manner: Arc<Mutex<Manner>>,
    passed: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Proxy {
    /// Stands in front of a server's plain HTTP.
    pub async fn start(server: SocketAddr, web_sockets: WebSockets) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let web_sockets = Arc::new(AtomicU8::new(web_sockets as u8));
        let passed = Arc::new(AtomicUsize::new(0));
        let (now, count) = (Arc::clone(&web_sockets), Arc::clone(&passed));
        let manner = Arc::new(Mutex::new(Manner {
            signalling: Signalling::Pass,
            change: None,
            prefix: None,
        }));
        let with = Arc::clone(&manner);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (now, count) = (Arc::clone(&now), Arc::clone(&count));
                let manner = *with.lock().unwrap_or_else(PoisonError::into_inner);
                // A connection that breaks is the browser's or the server's affair.
                tokio::spawn(async move { pass(stream, server, manner, &now, &count).await.ok() });
            }
        });
        Ok(Self {
            address,
            web_sockets,
            manner,
            passed,
            serving,
        })
    }

    /// The page's address behind it, without a slash at the end.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.address.port())
    }

    /// What becomes of WebSockets from now on.
    pub fn set(&self, web_sockets: WebSockets) {
        self.web_sockets.store(web_sockets as u8, Ordering::Relaxed);
    }

    /// Sets what the proxy does with signalling on connections that are opened from now on.
    pub fn set_signalling(&self, signalling: Signalling) {
        self.manner().signalling = signalling;
    }

    /// Changes the head of every answer but those of signalling, on the connections that are opened
    /// from now on.
    pub fn change_heads(&self, change: Change) {
        self.manner().change = Some(change);
    }

    /// Serves the page below this path alone, which the proxy takes off what it passes on, on the
    /// connections that are opened from now on.
    pub fn serve_below(&self, prefix: &'static str) {
        self.manner().prefix = Some(prefix);
    }

    fn manner(&self) -> MutexGuard<'_, Manner> {
        self.manner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many WebSockets were let through.
    pub fn passed(&self) -> usize {
        self.passed.load(Ordering::Relaxed)
    }
}

/// Reads the head of the one request that a connection is for, and passes it on or not.
async fn pass(
    mut browser: TcpStream,
    server: SocketAddr,
    manner: Manner,
    web_sockets: &AtomicU8,
    passed: &AtomicUsize,
) -> Result<()> {
    let mut read = Vec::new();
    let end = loop {
        if let Some(at) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break at;
        }
        if browser.read_buf(&mut read).await? == 0 {
            return Ok(());
        }
    };
    let Manner {
        signalling,
        change,
        prefix,
    } = manner;
    let head = String::from_utf8_lossy(read.get(..end).unwrap_or_default()).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default();
    let Some(path) = path.strip_prefix(prefix.unwrap_or_default()) else {
        let nothing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        browser.write_all(nothing).await?;
        return Ok(());
    };
    let head = head.replacen(&[prefix.unwrap_or_default(), path].concat(), path, 1);
    let is_signalling = ["/ws", "/events", "/send"].contains(&path);
    if let Some((status, body)) = signalling.answer().filter(|_| is_signalling) {
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        browser.write_all(answer.as_bytes()).await?;
        return Ok(());
    }
    let is_web_socket = head.to_lowercase().contains("upgrade: websocket");
    let mut now = WebSockets::Pass as u8;
    if is_web_socket {
        now = web_sockets.load(Ordering::Relaxed);
    }
    if now == WebSockets::Refused as u8 {
        let refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        browser.write_all(refusal).await?;
        return Ok(());
    }
    if now == WebSockets::Hang as u8 {
        // Until the browser gives up.
        while browser.read_buf(&mut read).await? > 0 {}
        return Ok(());
    }
    // One request for each connection, so that each one's head is seen.
    let lets_through = is_web_socket && now == WebSockets::Pass as u8;
    let lines = head.lines().filter(|line| {
        let name = line.split(':').next().unwrap_or_default().to_lowercase();
        let is_hidden = name == "host" && is_signalling && signalling == Signalling::OtherHost;
        !is_hidden && (lets_through || !matches!(name.as_str(), "connection" | "upgrade"))
    });
    let mut request = lines.collect::<Vec<_>>().join("\r\n");
    if !request.to_lowercase().contains("\r\nhost:") {
        request.push_str(&format!("\r\nHost: {server}"));
    }
    if lets_through {
        passed.fetch_add(1, Ordering::Relaxed);
    } else {
        request.push_str("\r\nConnection: close");
    }
    let mut upstream = TcpStream::connect(server).await?;
    upstream.write_all(request.as_bytes()).await?;
    upstream
        .write_all(read.get(end..).unwrap_or_default())
        .await?;
    if let Some(change) = change.filter(|_| !is_signalling) {
        let mut answer = Vec::new();
        upstream.read_to_end(&mut answer).await?;
        let head = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        let (head, body) = answer.split_at(head.unwrap_or(answer.len()));
        let changed = change(&String::from_utf8_lossy(head));
        browser
            .write_all(&[changed.as_bytes(), body].concat())
            .await?;
        return Ok(());
    }
    copy_bidirectional(&mut browser, &mut upstream).await?;
    Ok(())
}
