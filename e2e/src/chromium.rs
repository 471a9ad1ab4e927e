//! How Chromium is started.

use std::{path::Path, process::Command};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::{
    setup::{Devices, Ports, Setup},
    tools,
};

pub fn driver(ports: Ports, profile: &Path) -> Result<Command> {
    let mut command = Command::new(tools::chromedriver()?);
    command
        .arg(format!("--port={}", ports.driver))
        // The certificate store is under HOME.
        .env("HOME", profile)
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_CONFIG_HOME");
    Ok(command)
}

pub fn capabilities(setup: &Setup, profile: &Path) -> Result<Value> {
    if let Some(ca) = &setup.trusted_ca {
        trust(ca, &profile.join(".pki/nssdb"))?;
    }
    let mut args = vec![
        "--headless=new".to_owned(),
        "--no-sandbox".into(),
        "--disable-gpu".into(),
        "--disable-quic".into(),
        "--disable-dev-shm-usage".into(),
        "--no-first-run".into(),
        "--disable-background-networking".into(),
        "--disable-component-update".into(),
        "--disable-sync".into(),
        "--lang=en-US".into(),
        format!("--user-data-dir={}", profile.join("profile").display()),
    ];
    if setup.place.is_none() {
        // Both people are on this one computer.
        args.push("--allow-loopback-in-peer-connection".into());
    }
    if setup.proxy.is_some() {
        // What only the proxy knows. The computer's resolver may take its time to say so.
        args.push("--host-resolver-rules=MAP *.internal ~NOTFOUND".into());
    }
    if setup.forced_colours {
        args.push("--force-high-contrast".into());
    }
    if setup.devices != Devices::None {
        // The second and the third are of odd pixel formats; the last is a usual one.
        args.push("--use-fake-device-for-media-stream=device-count=4".into());
    }
    // As if the person had once and for all said so; then the page's wish for one camera of
    // several is heeded, which `--use-fake-ui-for-media-stream` does not.
    let (allow, block) = (1, 2);
    let devices = match setup.devices {
        Devices::Denied => block,
        Devices::Fake | Devices::None => allow,
    };
    Ok(json!({
        "browserName": "chrome",
        "webSocketUrl": true,
        "unhandledPromptBehavior": "accept",
        "goog:chromeOptions": {
            "binary": tools::chromium()?,
            "args": args,
            "prefs": {
                "intl.accept_languages": "en-US,en",
                "profile.default_content_setting_values.media_stream_camera": devices,
                "profile.default_content_setting_values.media_stream_mic": devices,
            },
        },
    }))
}

/// Puts a CA into the store of NSS in `folder`.
pub fn trust(ca: &Path, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let store = format!("sql:{}", folder.display());
    let certutil = tools::certutil()?;
    let run = |args: &[&str]| -> Result<()> {
        let output = Command::new(&certutil)
            .args(["-d", &store])
            .args(args)
            .output()
            .context("run certutil")?;
        ensure!(
            output.status.success(),
            "certutil {}: {}",
            args.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    };
    if !folder.join("cert9.db").exists() {
        run(&["-N", "--empty-password"])?;
    }
    let ca = ca.to_str().context("the path of the CA is no text")?;
    run(&["-A", "-n", "Crabcall test", "-t", "C,,", "-i", ca])
}
