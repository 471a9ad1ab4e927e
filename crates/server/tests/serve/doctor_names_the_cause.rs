//! Set-ups whose fault is easily mistaken for another: the doctor names the true one.

use std::{fs, net::SocketAddr};

use crabcall::doctor::{Cause, Finding, Report, Target, examine};
use rcgen::{BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::CertificateDer;
use tokio::net::{TcpListener, UdpSocket};

use crate::{
    doctor_front::{Act, answer, front, instead, path, with},
    support::Running,
};

async fn doctor(url: &str) -> Report {
    examine(&Target::parse(url).expect("an address"), &[]).await
}

async fn at(address: SocketAddr) -> Report {
    doctor(&format!("http://localhost:{}", address.port())).await
}

/// The finding with this cause.
fn found(report: &Report, cause: Cause) -> &Finding {
    let mut findings = report.findings().iter();
    findings
        .find(|finding| finding.cause == Some(cause))
        .unwrap_or_else(|| panic!("{cause:?} is not in\n{report}"))
}

/// Checks that there is a failure of this cause and of no other.
fn only(report: &Report, cause: Cause) {
    found(report, cause);
    for failure in report.failed() {
        assert_eq!(failure.cause, Some(cause), "{report}");
    }
}

/// Examines a server behind something that changes the head of the page.
async fn page_with(change: fn(&str) -> String) -> Report {
    let server = Running::start(&[]);
    let front = front(server.http(), move |head| match path(head) {
        "/" => Act::Change(head.to_owned(), change),
        _ => Act::Pass(head.to_owned()),
    });
    at(front.await).await
}

#[tokio::test]
async fn a_permissions_policy_that_forbids_the_camera() {
    let report = page_with(|head| with(head, "Permissions-Policy: camera=(), microphone=()")).await;
    only(&report, Cause::PermissionsPolicy);
    let seen = &found(&report, Cause::PermissionsPolicy).seen;
    assert!(
        seen.contains("camera, microphone") && !seen.contains("display-capture"),
        "{seen}"
    );
}

#[tokio::test]
async fn a_second_content_security_policy() {
    let report = page_with(|head| with(head, "Content-Security-Policy: script-src 'self'")).await;
    only(&report, Cause::ContentPolicy);
}

/// Examines a server behind something that answers with `html` in place of the page, and with the
/// content type `part` for its WASM.
async fn page_of(html: &'static str, part: &'static str) -> Report {
    let server = Running::start(&[]);
    let front = front(server.http(), move |head| match path(head) {
        "/" => Act::Answer(answer("200 OK", "content-type: text/html\r\n", html)),
        "/app.1.wasm" => Act::Answer(answer(
            "200 OK",
            &format!("content-type: {part}\r\n"),
            "wasm",
        )),
        _ => Act::Pass(head.to_owned()),
    });
    at(front.await).await
}

const PAGE: &str = "<title>Crabcall</title><link rel=\"preload\" href=\"/app.1.wasm\">";

#[tokio::test]
async fn a_program_that_comes_as_something_else() {
    // The page starts with it all the same.
    let report = page_of(PAGE, "application/octet-stream").await;
    found(&report, Cause::ContentType);
    assert_eq!(report.failed().count(), 0, "{report}");
    // As the page of a login has it.
    let report = page_of(PAGE, "text/html").await;
    only(&report, Cause::ContentType);
    assert_eq!(report.failed().count(), 1, "{report}");
    let report = page_of(PAGE, "application/wasm").await;
    let mut findings = report.findings().iter();
    let is_blamed = findings.any(|it| it.cause == Some(Cause::ContentType));
    assert!(!is_blamed, "{report}");
    assert_eq!(report.failed().count(), 0, "{report}");
}

#[tokio::test]
async fn a_page_that_was_changed_on_its_way() {
    let report = page_of(
        "<title>Crabcall</title><script src=\"/cdn-cgi/scripts/rocket-loader.min.js\"></script>",
        "",
    )
    .await;
    only(&report, Cause::Rewritten);
    let seen = &found(&report, Cause::Rewritten).seen;
    assert!(seen.contains("Rocket Loader"), "{seen}");
}

#[tokio::test]
async fn a_script_whose_type_was_changed() {
    let report = page_of(
        "<title>Crabcall</title><script type=\"0a1b2c-module\" src=\"/app.1.js\"></script>",
        "",
    )
    .await;
    only(&report, Cause::Rewritten);
    let seen = &found(&report, Cause::Rewritten).seen;
    assert!(seen.contains("\"0a1b2c-module\""), "{seen}");
}

#[tokio::test]
async fn a_part_that_does_not_come() {
    let report = page_of(
        "<title>Crabcall</title><script src=\"/app.1.js\"></script>",
        "",
    )
    .await;
    only(&report, Cause::MissingPart);
}

#[tokio::test]
async fn a_login_that_answers_what_the_page_asks_for() {
    let server = Running::start(&[]);
    let html = "content-type: text/html\r\n";
    for login in [
        answer(
            "302 Found",
            "location: https://sso.example/login?next=secret\r\n",
            "",
        ),
        answer("401 Unauthorized", "www-authenticate: Basic\r\n", ""),
        answer("200 OK", html, "<title>Log in</title>"),
        answer("403 Forbidden", html, "<title>No</title>"),
    ] {
        let front = front(server.http(), move |head| match path(head) {
            "/ws" | "/events" | "/send" => Act::Answer(login.clone()),
            _ => Act::Pass(head.to_owned()),
        });
        let report = at(front.await).await;
        only(&report, Cause::Login);
        assert!(!report.to_string().contains("secret"), "{report}");
    }
}

#[tokio::test]
async fn a_login_before_the_page() {
    let server = Running::start(&[]);
    let front = front(server.http(), |_| {
        Act::Answer(answer(
            "302 Found",
            "location: https://sso.example/\r\n",
            "",
        ))
    });
    let report = at(front.await).await;
    only(&report, Cause::Login);
    assert!(
        report.to_string().contains("https://sso.example/"),
        "{report}"
    );
}

#[tokio::test]
async fn a_proxy_that_says_its_own_name_for_the_browsers() {
    let server = Running::start(&[]);
    let front = front(server.http(), |head| {
        Act::Pass(instead(head, "host", "127.0.0.1:1"))
    });
    let report = at(front.await).await;
    only(&report, Cause::Origin);
    assert!(report.to_string().contains("--trusted-proxy"), "{report}");
}

#[tokio::test]
async fn a_name_that_the_server_does_not_know() {
    let server = Running::start(&[]);
    let front = front(server.http(), |head| {
        Act::Pass(instead(head, "host", "call.example.org"))
    });
    only(&at(front.await).await, Cause::UnknownName);
}

#[tokio::test]
async fn a_host_that_is_no_valid_name() {
    let server = Running::start(&[]);
    let front = front(server.http(), |head| {
        Act::Pass(instead(head, "host", "my app"))
    });
    only(&at(front.await).await, Cause::UnreadableHost);
}

/// Examines a server that a proxy serves below a path, which it takes off what it passes on or not.
async fn below_a_path(is_taken_off: bool) -> Report {
    let server = Running::start(&[]);
    let front = front(server.http(), move |head| {
        match path(head).strip_prefix("/crabcall") {
            Some(rest) if is_taken_off => Act::Pass(head.replacen(path(head), rest, 1)),
            Some(_) => Act::Pass(head.to_owned()),
            None => Act::Answer(answer("404 Not Found", "", "")),
        }
    });
    let port = front.await.port();
    doctor(&format!("http://localhost:{port}/crabcall/")).await
}

#[tokio::test]
async fn a_path_below_a_name() {
    only(&below_a_path(true).await, Cause::PathPrefix);
}

#[tokio::test]
async fn a_path_below_a_name_that_is_passed_on() {
    only(&below_a_path(false).await, Cause::PathPrefix);
}

/// A path that was only added to the address by mistake is not taken for a path below which a proxy
/// serves the page.
#[tokio::test]
async fn an_address_that_leads_nowhere() {
    let server = Running::start(&[]);
    let report = doctor(&format!(
        "http://localhost:{}/crabcall/",
        server.http().port()
    ))
    .await;
    only(&report, Cause::NotCrabcall);
}

#[tokio::test]
async fn a_proxy_that_does_not_reach_the_server() {
    let server = Running::start(&[]);
    let front = front(server.http(), |_| {
        Act::Answer(answer("502 Bad Gateway", "server: nginx\r\n", ""))
    });
    let report = at(front.await).await;
    only(&report, Cause::ProxyDown);
    assert!(report.to_string().contains("nginx"), "{report}");
}

#[tokio::test]
async fn a_proxy_that_passes_no_upgrade_on() {
    let server = Running::start(&[]);
    let front = front(server.http(), |head| match path(head) {
        "/ws" => Act::Pass(instead(
            &instead(head, "upgrade", ""),
            "connection",
            "close",
        )),
        _ => Act::Pass(head.to_owned()),
    });
    let report = at(front.await).await;
    assert_eq!(report.failed().count(), 0, "{report}");
    found(&report, Cause::NoUpgrade);
}

#[tokio::test]
async fn a_proxy_that_keeps_answers_back() {
    let server = Running::start(&[]);
    let front = front(server.http(), |head| {
        let is_stream = path(head) == "/events" && !head.to_lowercase().contains("crabcall-whole");
        if is_stream {
            Act::Hold
        } else {
            Act::Pass(head.to_owned())
        }
    });
    let report = at(front.await).await;
    assert_eq!(report.failed().count(), 0, "{report}");
    found(&report, Cause::Buffered);
}

#[tokio::test]
async fn clocks_that_differ_where_no_web_socket_gets_through() {
    let server = Running::start(&[]);
    let front = front(server.http(), |head| match path(head) {
        "/ws" => Act::Answer(answer("403 Forbidden", "", "")),
        "/" => Act::Change(head.to_owned(), |head| {
            instead(head, "date", "Thu, 01 Jan 1970 00:00:00 GMT")
        }),
        _ => Act::Pass(head.to_owned()),
    });
    only(&at(front.await).await, Cause::Clock);
}

#[tokio::test]
async fn connections_that_are_closed_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    for scheme in ["http", "https"] {
        let report = doctor(&format!("{scheme}://127.0.0.1:{port}")).await;
        only(&report, Cause::TooMany);
    }
}

/// As inside a network whose router does not lead back to its own public address.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_address_that_does_not_lead_back_to_this_computer() {
    let server = Running::start(&[]);
    let report = doctor(&format!("http://127.0.0.9:{}", server.http().port())).await;
    only(&report, Cause::NoWayBack);
}

#[tokio::test]
async fn over_ipv6_alone() {
    let server = Running::start(&["--https", "[::1]:0", "--udp", "[::1]:0"]);
    let report = doctor(&format!("https://[::1]:{}", server.https().port())).await;
    assert_eq!(report.failed().count(), 0, "{report}");
}

/// Behind a proxy that passes on only HTTP, media has no other way than UDP.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn udp_that_is_dropped_where_only_http_comes_through() {
    // Takes every datagram and never answers: what a firewall that drops them looks like.
    let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let udp = format!("127.0.0.2:{}", silent.local_addr().unwrap().port());
    let server = Running::start(&["--udp", &udp, "--trusted-proxy", "127.0.0.1"]);
    let front = front(server.http(), |head| {
        Act::Pass(with(head, "X-Forwarded-Proto: http"))
    });
    let report = at(front.await).await;
    found(&report, Cause::NoMedia);
    found(&report, Cause::OnlyUdp);
    for failure in report.failed() {
        let is_known = matches!(failure.cause, Some(Cause::NoMedia | Cause::OnlyUdp));
        assert!(is_known, "{report}");
    }
}

/// The echo between two allocations never leaves the server and works, but a packet from outside
/// does not come in.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn relay_ports_that_are_closed() {
    let relay = [
        "--http",
        "127.0.0.2:0",
        "--udp",
        "127.0.0.2:0",
        "--relay-allow",
        "127.0.0.0/8",
    ];
    let open = Running::start(&relay);
    let report = doctor(&format!("http://127.0.0.2:{}", open.http().port())).await;
    assert!(report.good_links().contains("relay ports"), "{report}");
    // Others are told an address to which nothing can be sent.
    let closed = Running::start(&[&relay[..], &["--public-ip", "127.255.255.255"]].concat());
    let report = doctor(&format!("http://127.0.0.2:{}", closed.http().port())).await;
    only(&report, Cause::RelayPorts);
}

/// A certificate for localhost that somebody else's authority signed, and its files.
struct Shown {
    folder: tempfile::TempDir,
    root: CertificateDer<'static>,
}

impl Shown {
    /// Without an extension the root signs the certificate. With one, an authority between the two
    /// does, whose own certificate the server does not have.
    fn new(extension: Option<CustomExtension>) -> Self {
        let authority = |name: &str| {
            let mut params = CertificateParams::default();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.distinguished_name.push(DnType::CommonName, name);
            params
        };
        let (root_key, between_key) = (
            KeyPair::generate().expect("made"),
            KeyPair::generate().expect("made"),
        );
        let root_params = authority("Company Root");
        let root = root_params
            .self_signed(&root_key)
            .expect("made")
            .der()
            .clone();
        let key = KeyPair::generate().expect("made");
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("made");
        let issuer = match extension {
            None => Issuer::from_params(&root_params, &root_key),
            Some(extension) => {
                params.custom_extensions.push(extension);
                Issuer::new(authority("Company Issuing"), &between_key)
            }
        };
        let certificate = params.signed_by(&key, &issuer).expect("made");
        let folder = tempfile::tempdir().expect("made");
        fs::write(folder.path().join("cert.pem"), certificate.pem()).expect("made");
        fs::write(folder.path().join("key.pem"), key.serialize_pem()).expect("made");
        Self { folder, root }
    }

    fn start(&self) -> Running {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let (certificate, key) = (path("cert.pem"), path("key.pem"));
        Running::start(&[
            "--domain",
            "localhost",
            "--cert",
            &certificate,
            "--key",
            &key,
        ])
    }
}

#[tokio::test]
async fn a_certificate_of_a_company() {
    let shown = Shown::new(None);
    let server = shown.start();
    let url = format!("https://localhost:{}", server.https().port());
    let report = doctor(&url).await;
    only(&report, Cause::UnknownAuthority);
    assert!(report.to_string().contains("Company Root"), "{report}");
    // With the company's root, as its devices have it, nothing is wrong.
    let target = Target::parse(&url).expect("made");
    let report = examine(&target, &[shown.root]).await;
    assert_eq!(report.failed().count(), 0, "{report}");
}

#[tokio::test]
async fn a_chain_without_its_intermediate_certificate() {
    // Where the certificate of its issuer is (RFC 5280, section 4.2.2.1): "http://a/".
    let access = b"\x30\x17\x30\x15\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x02\x86\x09http://a/";
    let extension =
        CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], access.to_vec());
    let server = Shown::new(Some(extension)).start();
    let report = doctor(&format!("https://localhost:{}", server.https().port())).await;
    only(&report, Cause::ChainIncomplete);
    assert!(report.to_string().contains("Company Issuing"), "{report}");
}
