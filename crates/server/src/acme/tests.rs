//! Attempts at an authority that refuses.

use rcgen::{CertificateParams, KeyPair};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::{host::Authority, tls::provider::provider};

/// Nothing here takes this long, unless it hangs. The wait after a first failure is longer.
const PATIENCE: Duration = Duration::from_secs(30);

fn options(listener: &TcpListener, ca: Option<PathBuf>) -> Options {
    Options {
        directory: format!("https://{}/dir", listener.local_addr().unwrap()),
        contacts: Vec::new(),
        ca,
        hosts: vec![Authority::parse("call.example.org").unwrap().host],
    }
}

async fn accept(listener: &TcpListener) -> TcpStream {
    let accepted = timeout(PATIENCE, listener.accept()).await;
    accepted.expect("a request in time").unwrap().0
}

/// The operator mends something, and says so while the attempt before is still under way.
#[tokio::test]
async fn a_reload_during_an_attempt_is_seen_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let dir = DataDir::open(folder.path()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = options(&listener, None);
    let renewal = Renewal::open(options, &dir, OffsetDateTime::now_utc()).unwrap();
    let reloads = watch::Sender::new(());
    let mut tasks = JoinSet::new();
    tasks.spawn(renewal.run(reloads.subscribe()));
    let first = accept(&listener).await;
    reloads.send_replace(());
    drop(first);
    accept(&listener).await;
}

/// An authority that refuses every request, and asks for two hours of peace.
async fn refuse(listener: &TcpListener, acceptor: &TlsAcceptor) {
    let stream = accept(listener).await;
    let mut stream = acceptor.accept(stream).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let problem = "{\"type\":\"urn:ietf:params:acme:error:rateLimited\",\"detail\":\"too many\"}";
    let answer = format!(
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7200\r\nContent-Type: application/problem+json\r\n\
         Content-Length: {}\r\n\r\n{problem}",
        problem.len()
    );
    stream.write_all(answer.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
}

/// However often the program is started, and whatever the operator mends.
#[tokio::test]
async fn a_wait_that_the_authority_asks_for_outlives_starts() {
    let folder = tempfile::tempdir().unwrap();
    let dir = DataDir::open(&folder.path().join("data")).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let ca = folder.path().join("ca.pem");
    fs::write(&ca, certificate.pem()).unwrap();
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = options(&listener, Some(ca));
    let begun = OffsetDateTime::now_utc();
    let open = || Renewal::open(options.clone(), &dir, OffsetDateTime::now_utc()).unwrap();

    let mut first = open();
    tokio::join!(first.renew(), refuse(&listener, &acceptor));
    let least = begun + time::Duration::hours(2);
    assert!(first.schedule.due() >= least);
    for _ in 0..5 {
        let mut again = open();
        // The moment is kept in whole seconds.
        assert!(again.schedule.due() >= least - time::Duration::SECOND);
        again.schedule.hurry(OffsetDateTime::now_utc());
        assert!(again.schedule.due() >= least - time::Duration::SECOND);
    }
}
