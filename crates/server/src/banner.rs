//! What is printed once the server listens: where to go, and a QR code for the phone.

use std::{
    io::{self, IsTerminal as _, Write},
    thread,
};

use fast_qr::{ECL, QRBuilder};

use crate::{config::settings::Qr, site::Site};

/// Prints the addresses and the QR code to standard output. A thread of its own writes them, so
/// that the server runs even if nobody reads its output.
pub fn print(site: &Site) {
    let show_qr = match site.settings.qr {
        Qr::Always => true,
        Qr::Never => false,
        Qr::Auto => io::stdout().is_terminal(),
    };
    let mut text = Vec::new();
    let thread = thread::Builder::new().name("banner".to_owned());
    let printed = write(&mut text, site, show_qr).and_then(|()| {
        thread.spawn(move || {
            let mut out = io::stdout();
            if let Err(error) = out.write_all(&text).and_then(|()| out.flush()) {
                tracing::debug!(%error, "standard output");
            }
        })
    });
    if let Err(error) = printed {
        tracing::warn!(%error, "the addresses are not printed");
    }
}

fn write(out: &mut impl Write, site: &Site, show_qr: bool) -> io::Result<()> {
    writeln!(out, "Crabcall {}\n", env!("CARGO_PKG_VERSION"))?;
    if let Some(url) = site.local_url() {
        writeln!(out, "  On this computer:  {url}")?;
    }
    let public = site.public_urls();
    for url in &public {
        writeln!(out, "  {:<18} {url}", "From anywhere:")?;
    }
    let urls = site.network_urls();
    for (index, url) in urls.iter().enumerate() {
        let label = if index == 0 { "On the network:" } else { "" };
        writeln!(out, "  {label:<18} {url}")?;
    }
    let best = public.first().or(urls.first());
    if show_qr
        && let Some(url) = best
        && let Ok(code) = QRBuilder::new(url.as_str()).ecl(ECL::L).build()
    {
        writeln!(out, "\n{}", code.to_str())?;
    }
    if let (Some(identity), Some(url)) = (&site.identity, urls.first()) {
        writeln!(
            out,
            "\n  Devices on the network show a warning until they trust this one once: {url}/trust\n  \
             Its fingerprint (SHA-256): {}",
            identity.authority().fingerprint()
        )?;
    } else if site.identity.is_some()
        && public.is_empty()
        && !site
            .bound
            .https
            .iter()
            .all(|bound| bound.ip().is_loopback())
    {
        writeln!(
            out,
            "\n  This computer has no private network address, and the certificates made here are only for such.\n  \
             To be reached from elsewhere, get a public one (--acme with --domain or --public-ip), or put a proxy that\n  \
             has one in front (--trusted-proxy)."
        )?;
    }
    writeln!(out, "\n  Ctrl-C stops it.")?;
    out.flush()
}
