use std::{fs, path::Path, time::Duration};

use crabcall::machine::{Machine, Probe};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::CertificateDer;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::support::{Running, ask, complaint, program, request};

/// A certificate and a key for these names, which nobody signed.
fn make(names: &[&str]) -> (CertificateDer<'static>, String, String) {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let key = KeyPair::generate().expect("a key");
    let certificate = CertificateParams::new(names)
        .expect("names")
        .self_signed(&key)
        .expect("a certificate");
    (
        certificate.der().clone(),
        certificate.pem(),
        key.serialize_pem(),
    )
}

struct Own {
    folder: TempDir,
}

impl Own {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    fn path(&self, name: &str) -> String {
        self.folder
            .path()
            .join(name)
            .to_str()
            .expect("UTF-8")
            .to_owned()
    }

    fn put(&self, names: &[&str]) -> CertificateDer<'static> {
        let (der, certificate, key) = make(names);
        fs::write(self.path("cert.pem"), certificate).expect("cert.pem");
        fs::write(self.path("key.pem"), key).expect("key.pem");
        der
    }

    fn start(&self) -> Running {
        let probe = Probe::new(Duration::from_millis(20), Machine::default);
        let (certificate, key) = (self.path("cert.pem"), self.path("key.pem"));
        Running::start_on(
            &[
                "--domain",
                "call.example.org",
                "--cert",
                &certificate,
                "--key",
                &key,
            ],
            probe,
        )
    }
}

async fn metrics_say(server: &Running, line: &str) {
    let said = async {
        while !server
            .get("/metrics", &[])
            .await
            .text()
            .lines()
            .any(|found| found == line)
        {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(10), said).await.expect(line);
}

/// The operator's certificate is for its names; the private one stays for the others.
#[tokio::test]
async fn each_name_gets_the_certificate_that_is_for_it() {
    let own = Own::new();
    let certificate = own.put(&["call.example.org"]);
    let server = own.start();
    let stream = server
        .tls_below(certificate.clone(), "call.example.org")
        .await
        .unwrap();
    for name in ["localhost", "127.0.0.1"] {
        server.tls(name).await.unwrap();
        assert!(server.tls_below(certificate.clone(), name).await.is_err());
    }
    // The name is one of ours, so is its origin; and HTTPS is no law below a certificate that not
    // everyone trusts.
    let answer = ask(
        stream,
        &request("GET", "/info.json", "call.example.org", &[]),
    )
    .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("strict-transport-security"), "");
    assert_eq!(
        server
            .ask(&request("GET", "/info.json", "other.example.org", &[]))
            .await
            .status,
        421
    );
}

/// A new certificate is taken without a restart; a broken one is not taken, and said so.
#[tokio::test]
async fn a_new_certificate_is_taken_and_a_broken_one_is_not() {
    let own = Own::new();
    let first = own.put(&["call.example.org"]);
    let server = own.start();
    let before = server
        .tls_below(first.clone(), "call.example.org")
        .await
        .unwrap();

    let second = own.put(&["call.example.org"]);
    metrics_say(
        &server,
        "crabcall_certificate_renewals_total{result=\"done\"} 1",
    )
    .await;
    let taken = server.tls_below(second.clone(), "call.example.org").await;
    taken.unwrap();
    assert!(server.tls_below(first, "call.example.org").await.is_err());
    // Who was connected stays connected.
    let request = request("GET", "/info.json", "call.example.org", &[]);
    assert_eq!(ask(before, &request).await.status, 200);

    for (broken, failures) in [("nonsense", 1), ("more nonsense", 2)] {
        fs::write(own.path("cert.pem"), broken).unwrap();
        metrics_say(
            &server,
            &format!("crabcall_certificate_renewals_total{{result=\"failed\"}} {failures}"),
        )
        .await;
    }
    fs::remove_file(own.path("key.pem")).unwrap();
    metrics_say(
        &server,
        "crabcall_certificate_renewals_total{result=\"failed\"} 3",
    )
    .await;
    metrics_say(&server, "crabcall_certificate_renewal_failing 1").await;
    let state = server.get("/state", &[]).await;
    assert!(state.text().contains("failed"), "{}", state.text());
    let kept = server.tls_below(second, "call.example.org").await;
    kept.unwrap();

    let third = own.put(&["call.example.org"]);
    metrics_say(&server, "crabcall_certificate_renewal_failing 0").await;
    let taken = server.tls_below(third, "call.example.org").await;
    taken.unwrap();
}

/// One line with what to do, before anything is served.
#[test]
fn a_bad_one_at_the_start_is_named() {
    let own = Own::new();
    let path = |name: &str| own.path(name);
    let (_, certificate, key) = make(&["call.example.org"]);
    let (_, other, _) = make(&["other.example.org"]);
    for (name, text) in [
        ("cert.pem", certificate.as_str()),
        ("key.pem", &key),
        ("other.pem", &other),
        ("empty.pem", ""),
    ] {
        fs::write(path(name), text).unwrap();
    }
    for (certificate, key, words) in [
        ("none.pem", "key.pem", ["--cert", "can't be read", "name a"]),
        ("empty.pem", "key.pem", ["--cert", "no certificate", "PEM"]),
        ("cert.pem", "empty.pem", ["--key", "no private key", "name"]),
        ("other.pem", "key.pem", ["--cert", "of this key", "--key"]),
        (
            "cert.pem",
            "key.pem",
            ["--cert", "second.example.org", "get one"],
        ),
    ] {
        let output = program(&["serve", "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"])
            .args(["--domain", "call.example.org,second.example.org"])
            .arg("--data-dir")
            .arg(Path::new(&path("data")))
            .args(["--cert", &path(certificate), "--key", &path(key)])
            .output()
            .unwrap();
        let line = complaint(&output);
        for word in words {
            assert!(line.contains(word), "{word:?} is not in {line}");
        }
    }
}

#[test]
fn a_bad_root_of_the_authority_is_named() {
    let own = Own::new();
    fs::write(own.path("empty.pem"), "").unwrap();
    for (root, problem) in [
        ("none.pem", "No such file"),
        ("empty.pem", "no certificate"),
    ] {
        let output = program(&["serve", "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"])
            .args(["--acme", "--domain", "call.example.org"])
            .args(["--acme-directory", "https://127.0.0.1:1/dir"])
            .args([
                "--acme-ca",
                &own.path(root),
                "--data-dir",
                &own.path("data"),
            ])
            .output()
            .unwrap();
        let line = complaint(&output);
        for word in ["--acme-ca", root, problem, "PEM"] {
            assert!(line.contains(word), "{word:?} is not in {line}");
        }
    }
}
