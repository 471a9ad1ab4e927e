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

use super::{language::Language, page, trust_words};
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

async fn trust(State(site): State<Arc<Site>>, language: Language) -> Response<Body> {
    let Some(identity) = &site.identity else {
        return page::not_found(language);
    };
    let fingerprint = identity.authority().fingerprint();
    let title = language.pick("Trust this Crabcall", "Diesem Crabcall vertrauen");
    let guide = guide(language, title, &fingerprint);
    page::plain(language, StatusCode::OK, title, &guide)
}

async fn der(State(site): State<Arc<Site>>, language: Language) -> Response<Body> {
    match &site.identity {
        Some(identity) => file(
            "application/x-x509-ca-cert",
            identity.authority().certificate().to_vec(),
        ),
        None => page::not_found(language),
    }
}

async fn pem(State(site): State<Arc<Site>>, language: Language) -> Response<Body> {
    match &site.identity {
        Some(identity) => file(
            "application/x-pem-file",
            to_pem(identity.authority().certificate()).into_bytes(),
        ),
        None => page::not_found(language),
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

fn guide(language: Language, title: &str, fingerprint: &str) -> String {
    let words = language.pick(&trust_words::ENGLISH, &trust_words::GERMAN);
    // A line ends between two pairs of digits.
    let fingerprint = fingerprint.replace(':', ":<wbr>");
    let mut html = format!(
        "<h1>{title}</h1>\n\
         <p>{}</p>\n\
         <p><a class=\"button\" href=\"{CA_DER}\" download=\"crabcall-ca.crt\">{}</a></p>\n\
         <div class=\"card\">\n<p>{}</p>\n<p><code translate=\"no\">{fingerprint}</code></p>\n</div>\n\
         <p class=\"quiet\">{}</p>\n<h2>{}</h2>\n",
        words.why, words.download, words.compare, words.narrow, words.on_your_device
    );
    for (system, steps) in words.steps {
        let _ = writeln!(html, "<details>\n<summary>{system}</summary>\n<ol>");
        for step in *steps {
            let _ = writeln!(html, "<li>{step}</li>");
        }
        html.push_str("</ol>\n</details>\n");
    }
    let _ = write!(html, "<h2>{}</h2>\n<p>{}</p>", words.then, words.open);
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
