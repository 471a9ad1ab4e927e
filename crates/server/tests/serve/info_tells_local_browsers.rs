use std::time::Duration;

use crabcall::machine::{Machine, Probe};

use crate::support::Running;

/// A browser on this computer learns by which addresses other devices get here; the public
/// address is not one of them, for the certificate can't be for it.
#[tokio::test]
async fn a_local_browser_learns_the_network_addresses() {
    let probe = Probe::new(Duration::from_secs(3600), || Machine {
        name: None,
        addresses: ["192.168.1.5", "203.0.113.5"]
            .map(|a| a.parse().unwrap())
            .to_vec(),
        ..Machine::default()
    });
    let server = Running::start_on(&["--https", "0.0.0.0:0"], probe);
    let told = async |headers: &[&str]| -> serde_json::Value {
        let answer = server.get("/info.json", headers).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("cache-control"), "no-store");
        serde_json::from_slice(&answer.body).unwrap()
    };
    let info = told(&[]).await;
    assert_eq!(info["version"], env!("CARGO_PKG_VERSION"));
    let expected = format!("https://192.168.1.5:{}", server.https().port());
    assert_eq!(info["network_urls"], serde_json::json!([expected]));
    let from_elsewhere = told(&["X-Forwarded-For: 198.51.100.1"]).await;
    assert_eq!(from_elsewhere["network_urls"], serde_json::json!([]));
}
