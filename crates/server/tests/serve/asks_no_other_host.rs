use std::time::Duration;

use tokio::{net::TcpListener, time::timeout};

use crate::support::Running;

/// Whatever else is configured: without `--acme` nobody is asked for anything. With it, the same
/// authority is.
#[tokio::test]
async fn an_authority_is_asked_only_when_the_operator_says_so() {
    let authority = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let directory = format!("https://{}/dir", authority.local_addr().unwrap());
    let mut arguments = vec![
        "--acme=false",
        "--name",
        "crab.local",
        "--public-ip",
        "203.0.113.7",
        "--acme-directory",
        &directory,
    ];

    let quiet = Running::start(&arguments);
    assert_eq!(quiet.get("/readyz", &[]).await.status, 200);
    quiet.tls("localhost").await.unwrap();
    quiet.stop().await;
    let nobody = timeout(Duration::ZERO, authority.accept()).await;
    assert!(nobody.is_err(), "somebody came");

    arguments[0] = "--acme";
    let _asking = Running::start(&arguments);
    timeout(Duration::from_secs(10), authority.accept())
        .await
        .expect("nobody came")
        .unwrap();
}
