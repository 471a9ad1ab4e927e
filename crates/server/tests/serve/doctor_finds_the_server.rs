use crate::support::{Process, program, serve};

/// Nobody has to know the port, and programs can read what was found.
#[tokio::test]
async fn without_an_address_it_is_the_server_on_this_computer() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::spawn(&mut serve(folder.path(), &[]));
    let output = program(&["doctor", "--json", "--data-dir"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["works"], true, "{found}");
    let port = format!("TCP port {}", server.http.port());
    assert_eq!(found["findings"][0]["link"], port, "{found}");
    assert_eq!(found["findings"][0]["health"], "good", "{found}");
}

#[test]
fn a_root_certificate_that_is_not_there_is_named() {
    let output = program(&["doctor", "--ca-file", "/nowhere/root.pem"])
        .output()
        .unwrap();
    let line = crate::support::complaint(&output);
    assert!(line.contains("--ca-file /nowhere/root.pem"), "{line}");
}
