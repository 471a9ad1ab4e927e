//! STUN, TURN and ICE as programs not written here speak them: coturn's own clients, and aioice.

use std::{net::IpAddr, process::Stdio};

use anyhow::{Context, ensure};
use e2e::{Server, relay_user, tools};
use serde_json::json;
use tokio::{io::AsyncWriteExt, process::Command};

const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
/// The client asks for an even port in every other allocation, by chance, which no browser does and
/// this server does not know; it then gives up. A run has several allocations.
const TRIES: usize = 60;
/// By TLS the client also tries versions that are long dead, by chance, and gives up. And it takes
/// what one read gives it for one message, so that it loses some that come together, as they may in
/// a stream (it loses them with coturn's server, too): then it is asked again.
const TLS_RUNS: usize = 5;

async fn run(program: &str, arguments: &[&str]) -> e2e::Result<String> {
    let variable = program.to_uppercase();
    let output = Command::new(tools::find(&variable, &[program])?)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .await
        .context("run it")?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn with_server(udp: &'static str, play: impl AsyncFnOnce(&Server) -> e2e::Result) -> e2e::Result {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let server = Server::start_with(LOOPBACK, &["--udp", udp]).await?;
        play(&server).await
    })
}

/// Two clients that send each other twenty packets through an allocation each; what they say of it.
async fn sends(server: &Server, ways: &[&str], port: &str, address: &str) -> e2e::Result<String> {
    let (username, password) = relay_user(server.http()).await?;
    let mut last = String::new();
    for _ in 0..TRIES {
        // Send indications: it takes channel numbers that RFC 8656 has taken away.
        let mut arguments = vec!["-s", "-c", "-y", "-m", "1", "-n", "20", "-l", "300"];
        arguments.extend(ways);
        arguments.extend(["-u", &username, "-w", &password, "-p", port, address]);
        last = run("turnutils_uclient", &arguments).await?;
        if last.contains("Total lost packets") {
            break;
        }
        ensure!(
            last.contains("error 420") || last.contains("tls_connect: cannot connect"),
            "it gave up:\n{last}"
        );
    }
    Ok(last)
}

const NONE_LOST: &str = "tot_send_msgs=40, tot_recv_msgs=40";

#[test]
fn uclient_by_udp() -> e2e::Result {
    with_server("127.0.0.1:23478", async |server| {
        let said = sends(server, &["-z", "5"], "23478", "127.0.0.1").await?;
        ensure!(said.contains(NONE_LOST), "{said}");
        Ok(())
    })
}

#[test]
fn uclient_by_tcp() -> e2e::Result {
    with_server("off", async |server| {
        let port = server.http().port().to_string();
        let said = sends(server, &["-t", "-z", "5"], &port, "127.0.0.1").await?;
        ensure!(said.contains(NONE_LOST), "{said}");
        Ok(())
    })
}

#[test]
fn uclient_by_tls() -> e2e::Result {
    with_server("off", async |server| {
        let port = https_port(server)?;
        let mut said = String::new();
        for _ in 0..TLS_RUNS {
            let ways = ["-t", "-S", "-z", "50"];
            said = sends(server, &ways, &port.to_string(), "127.0.0.1").await?;
            if said.contains(NONE_LOST) {
                return Ok(());
            }
        }
        anyhow::bail!("{said}")
    })
}

#[test]
fn uclient_over_ipv6() -> e2e::Result {
    with_server("[::1]:23480", async |server| {
        let said = sends(server, &["-x", "-z", "5"], "23480", "::1").await?;
        ensure!(said.contains(NONE_LOST), "{said}");
        Ok(())
    })
}

#[test]
fn stunclient_and_natdiscovery_learn_their_address() -> e2e::Result {
    with_server("127.0.0.1:23482", async |server| {
        // They ask once. Whose address has a connection to the server is answered at once.
        let _user = relay_user(server.http()).await?;
        let answer = run("turnutils_stunclient", &["-p", "23482", "127.0.0.1"]).await?;
        ensure!(
            answer.contains("UDP reflexive addr: 127.0.0.1:"),
            "{answer}"
        );
        let answer = run(
            "turnutils_natdiscovery",
            &["-m", "-p", "23482", "127.0.0.1"],
        )
        .await?;
        ensure!(
            answer.contains("UDP reflexive addr: 127.0.0.1:"),
            "{answer}"
        );
        Ok(())
    })
}

fn https_port(server: &Server) -> e2e::Result<u16> {
    let origin = server.https_origin();
    let (_, port) = origin.rsplit_once(':').context("no port")?;
    Ok(port.parse()?)
}

/// Two ICE agents of aioice, which have no candidates but those that the relay gave them, find each
/// other and exchange fifty packets.
async fn ice_peers(server: &Server, port: u16, transport: &str, tls: bool) -> e2e::Result {
    let (username, password) = relay_user(server.http()).await?;
    let relay = json!({
        "host": "127.0.0.1", "port": port, "transport": transport, "tls": tls,
        "username": username, "password": password,
    });
    let mut child = Command::new(tools::python_with_aioice()?)
        .args(["-c", include_str!("../src/py/ice_peers.py")])
        // Whom it trusts.
        .env("SSL_CERT_FILE", server.data().join("ca.pem"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut stdin = child.stdin.take().context("its standard input")?;
    stdin.write_all(relay.to_string().as_bytes()).await?;
    drop(stdin);
    let output = child.wait_with_output().await?;
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(said.trim() == "50", "{said}\n{errors}");
    Ok(())
}

#[test]
fn aioice_by_udp() -> e2e::Result {
    with_server("127.0.0.1:23484", async |server| {
        ice_peers(server, 23_484, "udp", false).await
    })
}

#[test]
fn aioice_by_tcp() -> e2e::Result {
    with_server("off", async |server| {
        ice_peers(server, server.http().port(), "tcp", false).await
    })
}

#[test]
fn aioice_by_tls() -> e2e::Result {
    with_server("off", async |server| {
        ice_peers(server, https_port(server)?, "tcp", true).await
    })
}
