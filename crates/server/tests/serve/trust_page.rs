use rustls::pki_types::{CertificateDer, pem::PemObject as _};

use crate::support::{Running, ask, request};

/// Devices find the CA, its fingerprint and the steps, on both ports and without a script.
#[tokio::test]
async fn it_serves_the_ca_and_the_steps() {
    let server = Running::start(&[]);
    let page = server.get("/trust", &[]).await;
    assert_eq!(page.status, 200);
    let fingerprint = server
        .site
        .identity
        .as_ref()
        .unwrap()
        .authority()
        .fingerprint();
    assert!(page.text().replace("<wbr>", "").contains(&fingerprint));
    for system in ["iPhone", "Android", "Windows", "Mac", "Linux", "Firefox"] {
        assert!(page.text().contains(system), "{system}");
    }
    assert!(!page.text().contains("<script"));
    let stream = server.tls("localhost").await.unwrap();
    let secure = ask(stream, &request("GET", "/trust", "localhost", &[])).await;
    assert_eq!(secure.body, page.body);

    let der = server.get("/trust/crabcall-ca.crt", &[]).await;
    assert_eq!(der.header("content-type"), "application/x-x509-ca-cert");
    assert_eq!(der.body, server.ca().as_ref());
    let pem = server.get("/trust/crabcall-ca.pem", &[]).await;
    assert_eq!(
        CertificateDer::from_pem_slice(&pem.body).unwrap(),
        server.ca()
    );
    // The key stays where it is.
    assert!(!pem.text().contains("PRIVATE"));
}

/// Without HTTPS there is nothing to trust.
#[tokio::test]
async fn there_is_none_without_https() {
    let server = Running::start(&["--https", "off"]);
    for path in ["/trust", "/trust/crabcall-ca.crt", "/trust/crabcall-ca.pem"] {
        assert_eq!(server.get(path, &[]).await.status, 404);
    }
    assert!(!server.folder.path().join("ca.pem").exists());
}
