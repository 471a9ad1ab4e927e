//! How a person's browser is set up: its kind, devices, certificates and network.

use std::{path::PathBuf, sync::Arc};

use crate::place::Place;

/// Which engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Chromium,
    Firefox,
}

/// What the browser gives when a page asks for camera and microphone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Devices {
    /// Fake ones: a moving picture and a tone. Chromium has several of each.
    Fake,
    /// They are there, and the person has refused them to the page.
    Denied,
    /// The computer has none.
    None,
}

/// How a browser is set up.
#[derive(Debug, Clone)]
pub struct Setup {
    pub kind: Kind,
    pub devices: Devices,
    /// A CA certificate (PEM file) that its user has come to trust.
    pub trusted_ca: Option<PathBuf>,
    /// Window size in CSS pixels.
    pub size: (u32, u32),
    /// Where it runs. None: on this computer, where all people of a call meet on the loopback
    /// address.
    pub place: Option<Arc<dyn Place>>,
    /// The HTTP proxy (`host:port`) that it must use.
    pub proxy: Option<String>,
    /// It draws all pages in the few colours of its system (Chromium).
    pub forced_colours: bool,
}

impl Setup {
    /// Fake devices and a usual window.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            devices: Devices::Fake,
            trusted_ca: None,
            size: (1280, 800),
            place: None,
            proxy: None,
            forced_colours: false,
        }
    }

    pub fn chromium() -> Self {
        Self::new(Kind::Chromium)
    }

    pub fn firefox() -> Self {
        Self::new(Kind::Firefox)
    }

    /// With other devices.
    #[must_use]
    pub fn devices(mut self, devices: Devices) -> Self {
        self.devices = devices;
        self
    }

    /// In a place with a network of its own.
    #[must_use]
    pub fn inside(mut self, place: impl Place + 'static) -> Self {
        self.place = Some(Arc::new(place));
        self
    }

    /// Behind an HTTP proxy (`host:port`).
    #[must_use]
    pub fn behind(mut self, proxy: Option<String>) -> Self {
        self.proxy = proxy;
        self
    }

    /// With all pages in the few colours of its system, for people who see little else. Only
    /// Chromium has this.
    #[must_use]
    pub fn with_forced_colours(mut self) -> Self {
        self.forced_colours = true;
        self
    }

    /// With a CA that its user trusts.
    #[must_use]
    pub fn trusting(mut self, ca: impl Into<PathBuf>) -> Self {
        self.trusted_ca = Some(ca.into());
        self
    }
}

/// Where a driver is spoken to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    pub driver: u16,
    /// Where BiDi is on a port of its own.
    pub bidi: u16,
}
