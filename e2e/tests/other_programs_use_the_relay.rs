//! STUN and TURN as programs not written here speak them: coturn's own clients.

use std::{net::IpAddr, process::Stdio};

use anyhow::{Context, ensure};
use e2e::{Server, relay_user, tools};
use tokio::process::Command;

const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
/// The client asks for an even port in every other allocation, by chance, which no browser does and
/// this server does not know; it then gives up. A run has several allocations.
const TRIES: usize = 60;

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

/// Two clients that send each other twenty packets through an allocation each; none is lost.
async fn sends(server: &Server, ways: &[&str], port: &str, address: &str) -> e2e::Result {
    let (username, password) = relay_user(server.http()).await?;
    let mut last = String::new();
    for _ in 0..TRIES {
        let mut arguments = ways.to_vec();
        // Send indications: it takes channel numbers that RFC 8656 has taken away.
        arguments.extend([
            "-s", "-c", "-y", "-m", "1", "-n", "20", "-l", "300", "-z", "5",
        ]);
        arguments.extend(["-u", &username, "-w", &password, "-p", port, address]);
        last = run("turnutils_uclient", &arguments).await?;
        if last.contains("Total lost packets") {
            break;
        }
        ensure!(last.contains("error 420"), "it gave up:\n{last}");
    }
    ensure!(
        last.contains("tot_send_msgs=40, tot_recv_msgs=40"),
        "{last}"
    );
    Ok(())
}

#[test]
fn uclient_by_udp() -> e2e::Result {
    with_server("127.0.0.1:23478", async |server| {
        sends(server, &[], "23478", "127.0.0.1").await
    })
}

#[test]
fn uclient_by_tcp() -> e2e::Result {
    with_server("off", async |server| {
        let port = server.http().port().to_string();
        sends(server, &["-t"], &port, "127.0.0.1").await
    })
}

#[test]
fn uclient_over_ipv6() -> e2e::Result {
    with_server("[::1]:23480", async |server| {
        sends(server, &["-x"], "23480", "::1").await
    })
}

#[test]
fn stunclient_and_natdiscovery_learn_their_address() -> e2e::Result {
    with_server("127.0.0.1:23482", async |_| {
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
