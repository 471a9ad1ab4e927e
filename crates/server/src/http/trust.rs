//! `/trust`: the certificate authority, and how a device comes to trust it.

use std::{fmt::Write as _, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderValue, Response, StatusCode, header},
    routing,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::page;
use crate::site::Site;

const CA_DER: &str = "/trust/crabcall-ca.crt";
const CA_PEM: &str = "/trust/crabcall-ca.pem";
/// Characters of a line of PEM (RFC 7468, section 2).
const PEM_LINE: usize = 64;

pub fn routes(site: Arc<Site>) -> Router {
    Router::new()
        .route("/trust", routing::get(trust))
        .route(CA_DER, routing::get(der))
        .route(CA_PEM, routing::get(pem))
        .with_state(site)
}

async fn trust(State(site): State<Arc<Site>>) -> Response<Body> {
    let Some(identity) = &site.identity else {
        return page::not_found();
    };
    let fingerprint = identity.authority().fingerprint();
    page::plain(StatusCode::OK, "Trust this Crabcall", &guide(&fingerprint))
}

async fn der(State(site): State<Arc<Site>>) -> Response<Body> {
    match &site.identity {
        Some(identity) => file(
            "application/x-x509-ca-cert",
            identity.authority().certificate().to_vec(),
        ),
        None => page::not_found(),
    }
}

async fn pem(State(site): State<Arc<Site>>) -> Response<Body> {
    match &site.identity {
        Some(identity) => file(
            "application/x-pem-file",
            to_pem(identity.authority().certificate()).into_bytes(),
        ),
        None => page::not_found(),
    }
}

fn to_pem(certificate: &[u8]) -> String {
    let text = STANDARD.encode(certificate);
    let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(PEM_LINE));
        let _ = writeln!(pem, "{line}");
        rest = after;
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}

fn file(content_type: &'static str, bytes: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// How each system is told to trust an authority: its name and the steps, as HTML.
const STEPS: [(&str, &[&str]); 6] = [
    (
        "iPhone and iPad",
        &[
            "Open this page in Safari, tap <b>Download the certificate</b> and allow it.",
            "Open <b>Settings</b>. Tap <b>Profile Downloaded</b> near the top, then <b>Install</b>.",
            "Go to <b>General › About › Certificate Trust Settings</b> and switch it on under \
             <b>Enable full trust for root certificates</b>.",
        ],
    ),
    (
        "Android",
        &[
            "Tap <b>Download the certificate</b>.",
            "Open <b>Settings</b> and search for <b>CA certificate</b>. It is under \
             <b>Security › More security settings › Encryption &amp; credentials › Install a certificate</b>.",
            "Choose <b>CA certificate</b>, then <b>Install anyway</b>, and pick <code>crabcall-ca.crt</code>.",
            "Chrome trusts it now. In Firefox: <b>Settings › About Firefox</b>, tap the logo seven times, go back, \
             open <b>Secret Settings</b> and switch on <b>Use third party CA certificates</b>.",
        ],
    ),
    (
        "Windows",
        &[
            "Click <b>Download the certificate</b> and open the file.",
            "Choose <b>Install Certificate</b>, <b>Current User</b>, then \
             <b>Place all certificates in the following store</b>.",
            "Browse to <b>Trusted Root Certification Authorities</b>, finish, and say <b>Yes</b> after comparing \
             the fingerprint.",
            "Close and open Chrome or Edge again. For Firefox see below.",
        ],
    ),
    (
        "Mac",
        &[
            "Click <b>Download the certificate</b> and open the file. It is added to <b>Keychain Access</b>.",
            "Find it there by the name <b>Crabcall on …</b> and open it.",
            "Under <b>Trust</b> choose <b>Always Trust</b> for <b>Secure Sockets Layer (SSL)</b>, close the window \
             and confirm with your password.",
        ],
    ),
    (
        "Linux",
        &[
            "Chrome and Chromium: open <b>Settings › Privacy and security › Security › Manage certificates</b>, \
             then <b>Installed by you › Trusted certificates › Import</b>, and pick <code>crabcall-ca.crt</code>.",
            "The whole system, on Debian and Ubuntu: save \
             <a href=\"/trust/crabcall-ca.pem\" download>the certificate as text</a> as \
             <code>/usr/local/share/ca-certificates/crabcall.crt</code> and run \
             <code>sudo update-ca-certificates</code>.",
            "On Fedora: save it under <code>/etc/pki/ca-trust/source/anchors/</code> and run \
             <code>sudo update-ca-trust</code>.",
        ],
    ),
    (
        "Firefox on a computer",
        &[
            "Open <b>Settings › Privacy &amp; Security › Certificates › View Certificates</b>.",
            "Under <b>Authorities</b> click <b>Import</b> and pick <code>crabcall-ca.crt</code>.",
            "Tick <b>Trust this CA to identify websites</b>.",
        ],
    ),
];

fn guide(fingerprint: &str) -> String {
    // A line ends between two pairs of digits.
    let fingerprint = fingerprint.replace(':', ":<wbr>");
    let mut html = format!(
        "<h1>Trust this Crabcall</h1>\n\
         <p>Browsers give a page the camera only over a connection they trust. This Crabcall makes its own \
         certificates, so each device is told once that they are to be trusted. Until then it shows a warning.</p>\n\
         <p><a class=\"button\" href=\"{CA_DER}\" download=\"crabcall-ca.crt\">Download the certificate</a></p>\n\
         <div class=\"card\">\n\
         <p>Compare this fingerprint (SHA-256) with the one your device shows, and with the one printed where \
         Crabcall was started:</p>\n<p><code>{fingerprint}</code></p>\n</div>\n\
         <p class=\"quiet\">What you trust is narrow: it can vouch only for private network addresses and for names \
         under localhost, .local, .home.arpa and .internal. It can't stand in for any site on the Internet. Its key \
         never leaves the computer that runs Crabcall. You can remove it again in the same place.</p>\n\
         <h2>On your device</h2>\n"
    );
    for (system, steps) in STEPS {
        let _ = writeln!(html, "<details>\n<summary>{system}</summary>\n<ol>");
        for step in steps {
            let _ = writeln!(html, "<li>{step}</li>");
        }
        html.push_str("</ol>\n</details>\n");
    }
    html.push_str("<h2>Then</h2>\n<p><a href=\"/\">Open Crabcall</a>. The warning is gone.</p>");
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pem_can_be_read_back() {
        use rustls::pki_types::{CertificateDer, pem::PemObject as _};
        let der = vec![7; 100];
        let read = CertificateDer::from_pem_slice(to_pem(&der).as_bytes()).unwrap();
        assert_eq!(read.as_ref(), der);
        assert!(to_pem(&der).lines().all(|line| line.len() <= PEM_LINE));
    }
}
