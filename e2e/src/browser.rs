//! A browser process with a new profile, driven over WebDriver.

use std::{
    path::Path,
    process::Command,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result};
use futures_util::StreamExt;
use serde_json::{Value, json};
use thirtyfour::{
    Capabilities, WebDriver,
    bidi::{events::LogEntryAdded, modules::browsing_context::Viewport},
};

use crate::{
    chromium, firefox,
    ports::free_port,
    process::Process,
    setup::{Kind, Ports, Setup},
    wait::eventually_within,
};

/// A running browser. It ends with this value.
#[derive(Debug)]
pub struct Browser {
    kind: Kind,
    web: WebDriver,
    console: Arc<Mutex<Vec<String>>>,
    driver: Process,
    // Removed with everything in it after the browser has gone.
    _profile: tempfile::TempDir,
}

/// The driver gives up a page that loads for longer, and does nothing else before that. The WebDriver
/// client waits 120 seconds for an answer.
const LOADS_WITHIN: Duration = Duration::from_secs(100);

/// Makes the page's own complaints appear in the console, from its first moment on.
const PRELOAD: &str = include_str!("js/preload.js");

impl Browser {
    /// Starts a driver and a browser.
    pub async fn start(setup: &Setup) -> Result<Self> {
        let profile = tempfile::Builder::new()
            .prefix("crabcall-browser-")
            .tempdir()?;
        let ports = Ports {
            driver: free_port()?,
            bidi: free_port()?,
        };
        let (command, capabilities) = match setup.kind {
            Kind::Chromium => (
                chromium::driver(ports, profile.path())?,
                chromium::capabilities(setup, profile.path())?,
            ),
            Kind::Firefox => (
                firefox::driver(ports, profile.path())?,
                firefox::capabilities(setup, profile.path())?,
            ),
        };
        let Value::Object(mut capabilities) = capabilities else {
            anyhow::bail!("capabilities are an object");
        };
        if let Some(proxy) = &setup.proxy {
            let manual = json!({ "proxyType": "manual", "httpProxy": proxy, "sslProxy": proxy });
            capabilities.insert("proxy".to_owned(), manual);
        }
        let driver = start_driver(setup, ports, command, &profile.path().join("driver.log"))?;
        let web = connect(ports.driver, Capabilities::from(capabilities))
            .await
            .with_context(|| format!("start {:?}; driver log:\n{}", setup.kind, driver.log()))?;
        // An error says that it is installed already.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let bidi = web.bidi().await?;
        bidi.script().add_preload_script(PRELOAD).await?;
        let mut entries = bidi.subscribe::<LogEntryAdded>().await?;
        let console = Arc::new(Mutex::new(Vec::new()));
        let lines = console.clone();
        tokio::spawn(async move {
            while let Some(entry) = entries.next().await {
                let text = entry.text.unwrap_or_default();
                let line = format!("{}: {text}", entry.level);
                lines
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(line);
            }
        });
        let (width, height) = setup.size;
        web.set_window_rect(0, 0, width, height).await?;
        web.set_page_load_timeout(LOADS_WITHIN).await?;
        Ok(Self {
            kind: setup.kind,
            web,
            console,
            driver,
            _profile: profile,
        })
    }

    /// Which engine.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The WebDriver session.
    pub fn web(&self) -> &WebDriver {
        &self.web
    }

    /// What the page wrote to the console, and what the browser wrote there about it.
    pub fn console(&self) -> Vec<String> {
        self.console
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// What the driver wrote.
    pub fn driver_log(&self) -> String {
        self.driver.log()
    }

    /// Runs a function in every page that is opened from now on, before the page's own scripts.
    pub async fn before_every_page(&self, function: &str) -> Result<()> {
        let bidi = self.web.bidi().await?;
        bidi.script().add_preload_script(function).await?;
        Ok(())
    }

    /// Gives the page this size in CSS pixels, which may be less than a window can have.
    pub async fn shrink(&self, width: u32, height: u32) -> Result<()> {
        let bidi = self.web.bidi().await?;
        let pages = bidi.browsing_context();
        let page = pages.top_level().await?;
        pages
            .set_viewport(page, Some(Viewport { width, height }))
            .await?;
        Ok(())
    }

    /// Runs a function body in the page; its promise is awaited.
    pub async fn run(&self, body: &str, arguments: Vec<Value>) -> Result<Value> {
        let script = format!("return (async function () {{\n{body}\n}}).apply(null, arguments);");
        Ok(self.web.execute(script, arguments).await?.json().clone())
    }

    /// Ends the driver and the browser at once. Every later command fails.
    pub fn kill(&mut self) {
        self.driver.kill();
    }

    /// Ends the session, and with it the browser, in order.
    pub async fn quit(self) -> Result<()> {
        self.web.quit().await?;
        Ok(())
    }
}

fn start_driver(setup: &Setup, ports: Ports, mut command: Command, log: &Path) -> Result<Process> {
    let Some(place) = &setup.place else {
        return Process::start(&mut command, log);
    };
    let driver = place.start(command, log)?;
    place.reach(ports.driver)?;
    place.reach(ports.bidi)?;
    Ok(driver)
}

async fn connect(port: u16, capabilities: Capabilities) -> Result<WebDriver> {
    let address = ("127.0.0.1", port);
    eventually_within(Duration::from_secs(20), "the driver", async || {
        Ok(tokio::net::TcpStream::connect(address).await.ok())
    })
    .await?;
    let url = format!("http://127.0.0.1:{port}");
    Ok(WebDriver::new(url, capabilities).await?)
}
