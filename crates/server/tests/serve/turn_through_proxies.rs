//! Behind a proxy that passes on only HTTP, the relay is found by TLS on another port. A second
//! proxy there ends the TLS with its own certificate, or passes it through by the name that is
//! asked for.

use std::{
    env, fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    time::{Duration, Instant},
};

use protocol::IceServer;
use rustls::pki_types::CertificateDer;
use tokio::net::TcpStream;

use crate::{
    participant::Participant,
    support::{Running, tls_over},
    turn_client::{Got, PATIENCE, SUCCESS, Turn, credentials, echo},
};

/// What a proxy for HTTPS says of the browser.
const FORWARDED: [(&str, &str); 3] = [
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "call.example"),
    ("x-forwarded-for", "192.0.2.7"),
];
const ORIGIN: &str = "https://call.example";

/// A proxy that is killed when the test ends.
struct Proxy(Child);

impl Drop for Proxy {
    fn drop(&mut self) {
        let _gone = self.0.kill().and_then(|()| self.0.wait());
    }
}

/// Finds a program. If it is not installed, says that the test is skipped.
fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin".into()]);
    let found = folders.map(|it| it.join(name)).find(|it| it.is_file());
    if found.is_none() {
        eprintln!("SKIPPED: {name} is not installed");
    }
    found
}

/// Starts a proxy and waits until it listens.
async fn start(program: &Path, arguments: &[&str], port: u16) -> Proxy {
    let child = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .spawn()
        .expect("started");
    let mut proxy = Proxy(child);
    let until = Instant::now() + PATIENCE;
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port))
        .await
        .is_err()
    {
        let ended = proxy.0.try_wait().expect("a child");
        assert!(
            ended.is_none() && Instant::now() < until,
            "{program:?}: {ended:?}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    proxy
}

/// A port for a program that is started later: below those that the system gives away, so that no
/// connection gets it meanwhile.
fn port() -> u16 {
    // Tests in one process look for their ports at the same time.
    static ASKED: AtomicU16 = AtomicU16::new(0);
    let own = (std::process::id() * 31 % 7_000) as u16;
    let start = 12_000 + own + 100 * ASKED.fetch_add(1, Ordering::Relaxed);
    let free = |port: &u16| std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    (start..20_000).find(free).expect("a free port")
}

/// The URIs of the relay, as somebody hears them who comes through a proxy.
async fn turn_urls(server: &Running) -> Vec<String> {
    let mut ada = Participant::connect_as(server, ORIGIN, &FORWARDED).await;
    let servers: Vec<IceServer> = ada.servers().await;
    let turn = servers.into_iter().filter(|it| it.username.is_some());
    turn.flat_map(|it| it.urls).collect()
}

/// Checks that somebody gets an allocation by TLS on this port and reaches a peer with it.
async fn relays(server: &Running, port: u16, root: CertificateDer<'static>, name: &str) {
    let to = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let stream = TcpStream::connect(to).await.expect("connected");
    let stream = tls_over(stream, root, name).await;
    let mut turn = Turn::over(stream.expect("a handshake"), &credentials(server, "ada"));
    turn.relayed().await;
    let peer = echo().await;
    assert_eq!(turn.bind(0x4001, peer).await, SUCCESS);
    turn.say(0x4001, b"hello").await;
    for _ in 0..2 {
        let got = turn.next().await;
        assert_eq!(got, Some(Got::Channel(0x4001, b"hello".to_vec())));
    }
}

#[tokio::test]
async fn without_a_port_for_it_there_is_no_relay_but_by_udp() {
    let server = Running::start(&["--trusted-proxy", "127.0.0.1/32"]);
    let urls = turn_urls(&server).await;
    assert_eq!(urls.len(), 1, "{urls:?}");
    assert!(urls.iter().all(|url| url.ends_with("transport=udp")));
    assert!(server.site.has_no_way_around_proxies());
    server.stop().await;
}

#[tokio::test]
async fn nginx_with_its_own_certificate() {
    const MODULE: &str = "/usr/lib/nginx/modules/ngx_stream_module.so";
    let Some(nginx) = program("nginx") else {
        return;
    };
    if !Path::new(MODULE).is_file() {
        return eprintln!("SKIPPED: nginx has no module stream (libnginx-mod-stream)");
    }
    let port = port();
    let server = Running::start(&[
        "--trusted-proxy",
        "127.0.0.1/32",
        "--turn-tls",
        &format!("call.example:{port}"),
        "--relay-allow",
        "127.0.0.0/8",
    ]);
    let expected = format!("turns:call.example:{port}?transport=tcp");
    assert_eq!(turn_urls(&server).await.last(), Some(&expected));

    let made = rcgen::generate_simple_self_signed(["call.example".to_owned()]).expect("made");
    let folder = server.folder.path();
    fs::write(folder.join("proxy.pem"), made.cert.pem()).expect("written");
    fs::write(folder.join("proxy.key"), made.signing_key.serialize_pem()).expect("written");
    let here = folder.display();
    let http = server.http();
    let config = folder.join("nginx.conf");
    fs::write(
        &config,
        format!(
            "load_module {MODULE};\ndaemon off;\nmaster_process off;\npid {here}/nginx.pid;\n\
             error_log {here}/nginx.log;\nevents {{}}\nstream {{\n  server {{\n    \
             listen 127.0.0.1:{port} ssl;\n    ssl_certificate {here}/proxy.pem;\n    \
             ssl_certificate_key {here}/proxy.key;\n    proxy_pass {http};\n  }}\n}}\n"
        ),
    )
    .expect("written");
    let log = folder.join("nginx.log");
    let arguments = [
        "-c",
        config.to_str().expect("a path"),
        "-e",
        log.to_str().expect("a path"),
    ];
    let proxy = start(&nginx, &arguments, port).await;
    relays(&server, port, made.cert.der().clone(), "call.example").await;
    drop(proxy);
    server.stop().await;
}

#[tokio::test]
async fn haproxy_by_the_name_that_is_asked_for() {
    const NAME: &str = "turn.home.arpa";
    let Some(haproxy) = program("haproxy") else {
        return;
    };
    let port = port();
    let server = Running::start(&[
        "--trusted-proxy",
        "127.0.0.1/32",
        "--turn-tls",
        &format!("{NAME}:{port}"),
        "--name",
        NAME,
        "--relay-allow",
        "127.0.0.0/8",
    ]);
    let expected = format!("turns:{NAME}:{port}?transport=tcp");
    assert_eq!(turn_urls(&server).await.last(), Some(&expected));

    let https = server.https();
    let config = server.folder.path().join("haproxy.cfg");
    fs::write(
        &config,
        format!(
            "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n\
             frontend tls\n  bind 127.0.0.1:{port}\n  tcp-request inspect-delay 5s\n  \
             tcp-request content accept if {{ req.ssl_hello_type 1 }}\n  \
             use_backend turn if {{ req.ssl_sni -i {NAME} }}\n\
             backend turn\n  server crabcall {https} send-proxy-v2\n"
        ),
    )
    .expect("written");
    let arguments = ["-db", "-f", config.to_str().expect("a path")];
    let proxy = start(&haproxy, &arguments, port).await;
    relays(&server, port, server.ca(), NAME).await;
    drop(proxy);
    server.stop().await;
}
