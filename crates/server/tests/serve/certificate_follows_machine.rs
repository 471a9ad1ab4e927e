use std::{
    net::IpAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use crabcall::machine::{Machine, Probe};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::{sleep, timeout},
};

use crate::support::{Running, request};

/// A machine that moves to another network shows a certificate for its new address, without a
/// restart and without cutting the connections it has.
#[tokio::test]
async fn a_new_address_gets_a_certificate() {
    let addresses: Arc<Mutex<Vec<IpAddr>>> = Arc::default();
    let seen = Arc::clone(&addresses);
    let probe = Probe::new(Duration::from_millis(20), move || Machine {
        name: None,
        addresses: seen.lock().unwrap().clone(),
        ..Machine::default()
    });
    let server = Running::start_on(&[], probe);
    let mut before = server.tls("127.0.0.1").await.unwrap();
    assert!(server.tls("192.168.77.5").await.is_err());

    addresses
        .lock()
        .unwrap()
        .push("192.168.77.5".parse().unwrap());
    let moved = async {
        while server.tls("192.168.77.5").await.is_err() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(10), moved).await.unwrap();
    // The old names are still good, and so is the old connection.
    server.tls("localhost").await.unwrap();
    before
        .write_all(request("GET", "/healthz", "localhost", &[]).as_bytes())
        .await
        .unwrap();
    let mut answer = String::new();
    before.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
