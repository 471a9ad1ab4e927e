//! How Firefox is started.

use std::{path::Path, process::Command};

use anyhow::Result;
use serde_json::{Value, json};

use crate::{
    chromium,
    setup::{Devices, Ports, Setup},
    tools,
};

pub fn driver(ports: Ports, profile: &Path) -> Result<Command> {
    let mut command = Command::new(tools::geckodriver()?);
    command
        .args(["--port", &ports.driver.to_string()])
        // For BiDi; the default is one and the same for every geckodriver.
        .args(["--websocket-port", &ports.bidi.to_string()])
        .env("HOME", profile);
    Ok(command)
}

pub fn capabilities(setup: &Setup, profile: &Path) -> Result<Value> {
    let folder = profile.join("profile");
    std::fs::create_dir_all(&folder)?;
    if let Some(ca) = &setup.trusted_ca {
        chromium::trust(ca, &folder)?;
    }
    let fake = setup.devices != Devices::None;
    let denied = setup.devices == Devices::Denied;
    Ok(json!({
        "browserName": "firefox",
        "webSocketUrl": true,
        "moz:firefoxOptions": {
            "binary": tools::firefox()?,
            "args": ["-headless", "-profile", folder],
            "prefs": {
                "intl.accept_languages": "en-US,en",
                "media.navigator.streams.fake": fake,
                "media.navigator.permission.disabled": !denied,
                "permissions.default.camera": if denied { 2 } else { 0 },
                "permissions.default.microphone": if denied { 2 } else { 0 },
                // Both people are on this one computer.
                "media.peerconnection.ice.loopback": setup.place.is_none(),
                "media.peerconnection.ice.obfuscate_host_addresses": false,
                // Nothing to do with anybody else.
                "app.normandy.enabled": false,
                "browser.safebrowsing.malware.enabled": false,
                "browser.safebrowsing.phishing.enabled": false,
                "datareporting.healthreport.uploadEnabled": false,
                "network.captive-portal-service.enabled": false,
                "network.connectivity-service.enabled": false,
            },
        },
    }))
}
