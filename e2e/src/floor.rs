//! The least that a call can cost: a page of our own with two RTCPeerConnections, no server and
//! no network between them.

use std::net::SocketAddr;

use anyhow::Result;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};

use crate::{Browser, Role, Tile, wait::eventually};

const PAGE: &str = include_str!("js/floor.html");

/// Serves the page on a free port of the loopback address.
#[derive(Debug)]
pub struct Floor {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Floor {
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    PAGE.len()
                );
                let _ = stream.write_all(head.as_bytes()).await;
                let _ = stream.write_all(PAGE.as_bytes()).await;
            }
        });
        Ok(Self { address, task })
    }

    /// Connects the two sides in a newly loaded page: the milliseconds until the first frame is
    /// painted, and the tile it is painted in.
    pub async fn connect<'a>(&self, browser: &'a Browser) -> Result<(f64, Tile<'a>)> {
        let address = format!("http://localhost:{}/", self.address.port());
        browser.web().goto(address).await?;
        eventually("the camera to be ready", async || {
            let ready = browser.run("return window.floor.ready;", vec![]).await?;
            Ok((ready == Value::Bool(true)).then_some(()))
        })
        .await?;
        browser.find(Role::Button, "Connect").await?.click().await?;
        let ms = eventually("the first frame", async || {
            let ms = browser.run("return window.floor.ms;", vec![]).await?;
            Ok(ms.as_f64())
        })
        .await?;
        let element = browser.find(Role::Group, "Floor").await?;
        let tile = Tile {
            browser,
            element,
            whose: "Floor".into(),
        };
        Ok((ms, tile))
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        self.task.abort();
    }
}
