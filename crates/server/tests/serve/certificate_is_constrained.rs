use std::{fs, sync::Arc};

use rcgen::{CertificateParams, Issuer, KeyPair};
use rustls::{
    CertificateError, RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier as _},
    pki_types::{CertificateDer, ServerName, UnixTime},
};

use crate::support::{Running, provider};

/// Whoever trusts the CA reaches the server by all its private names.
#[tokio::test]
async fn the_chain_is_valid_for_the_servers_names() {
    let server = Running::start(&["--name", "crab.local", "--name", "nas.home.arpa"]);
    for name in [
        "localhost",
        "127.0.0.1",
        "::1",
        "crab.local",
        "nas.home.arpa",
    ] {
        let stream = server.tls(name).await;
        assert!(stream.is_ok(), "{name}: {stream:?}");
    }
    assert!(server.tls("other.local").await.is_err());
}

/// Even with the CA's key, nobody can stand in for a site on the Internet.
#[tokio::test]
async fn the_ca_cannot_vouch_for_public_names() {
    let server = Running::start(&[]);
    let pem = fs::read_to_string(server.folder.path().join("ca.pem")).unwrap();
    let key = KeyPair::from_pem(&pem).unwrap();
    let issuer = Issuer::from_ca_cert_der(&server.ca(), key).unwrap();
    let forged = |name: &str| -> CertificateDer<'static> {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.signed_by(&key, &issuer).unwrap().der().clone()
    };
    let mut roots = RootCertStore::empty();
    roots.add(server.ca()).unwrap();
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .unwrap();
    let verify = |name: &str| {
        let server_name = ServerName::try_from(name.to_owned()).unwrap();
        verifier.verify_server_cert(&forged(name), &[], &server_name, &[], UnixTime::now())
    };
    for name in [
        "10.1.2.3",
        "192.168.0.1",
        "fd00::1",
        "a.b.local",
        "call.internal",
    ] {
        assert!(verify(name).is_ok(), "{name}");
    }
    for name in [
        "example.org",
        "evil-local.example",
        "8.8.8.8",
        "2001:4860::1",
        "localhost.example",
    ] {
        let error = verify(name).unwrap_err();
        // webpki's own word for it; rustls has none.
        assert!(
            matches!(&error, rustls::Error::InvalidCertificate(CertificateError::Other(other))
                if format!("{other:?}").contains("NameConstraintViolation")),
            "{name}: {error:?}"
        );
    }
}
