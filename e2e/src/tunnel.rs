//! An HTTP proxy that is the only way out of a network: it tunnels TCP (CONNECT, RFC 9110, section
//! 9.3.6), and nothing else.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Result;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// The proxy, until it is dropped.
#[derive(Debug)]
pub struct TunnelProxy {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Drop for TunnelProxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl TunnelProxy {
    /// Leads what asks for `name` to `server`. Nobody else knows that name, so whatever does not
    /// use the proxy goes nowhere.
    pub async fn start(name: &str, server: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let request = format!("CONNECT {name}:{} ", server.port());
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let request = request.clone();
                // A connection that breaks is the browser's or the server's affair.
                tokio::spawn(async move { tunnel(stream, server, &request).await.ok() });
            }
        });
        Ok(Self { address, serving })
    }

    /// `host:port`, as a browser is told of it.
    pub fn address(&self) -> String {
        self.address.to_string()
    }
}

async fn tunnel(browser: TcpStream, server: SocketAddr, request: &str) -> Result<()> {
    let mut browser = BufReader::new(browser);
    let mut first = String::new();
    browser.read_line(&mut first).await?;
    let mut line = String::from("headers");
    while !line.trim_end().is_empty() {
        line.clear();
        if browser.read_line(&mut line).await? == 0 {
            return Ok(());
        }
    }
    if !first.starts_with(request) {
        let refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        browser.write_all(refusal).await?;
        return Ok(());
    }
    let mut upstream = TcpStream::connect(server).await?;
    browser
        .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
        .await?;
    copy_bidirectional(&mut browser, &mut upstream).await?;
    Ok(())
}
