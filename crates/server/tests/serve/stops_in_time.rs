use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::Running;

/// The server ends in time whatever its visitors do, and takes nobody any more.
#[tokio::test]
async fn idle_half_open_and_waiting_connections_do_not_hold_it() {
    let server = Running::start(&[]);
    let address = server.http();
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    let mut answer = [0; 12];
    idle.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    let mut half = TcpStream::connect(address).await.unwrap();
    half.write_all(b"GET / HTTP/1.1\r\nHost:").await.unwrap();
    let _silent_handshake = TcpStream::connect(server.https()).await.unwrap();
    let site = server.site.clone();
    let begun = Instant::now();
    server.stop().await;
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    assert!(!site.is_ready());
    assert!(TcpStream::connect(address).await.is_err());
}

#[cfg(unix)]
mod signals {
    use std::{
        io::{BufRead as _, BufReader},
        process::Stdio,
        time::{Duration, Instant},
    };

    use rustix::process::{Pid, Signal, kill_process};

    use crate::support::program;

    /// Ctrl-C and SIGTERM end it with success.
    #[test]
    fn a_signal_ends_the_program_with_success() {
        for signal in [Signal::TERM, Signal::INT] {
            let folder = tempfile::tempdir().unwrap();
            let mut child = program(&[
                "serve",
                "--udp",
                "off",
                "--http",
                "127.0.0.1:0",
                "--https",
                "127.0.0.1:0",
                "--data-dir",
            ])
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
            let out = BufReader::new(child.stdout.take().unwrap());
            let told = out
                .lines()
                .map_while(Result::ok)
                .any(|line| line.contains("http://localhost:"));
            assert!(told, "it did not say where it listens");
            let begun = Instant::now();
            kill_process(Pid::from_child(&child), signal).unwrap();
            let status = child.wait().unwrap();
            assert!(status.success(), "{status}");
            assert!(begun.elapsed() < Duration::from_secs(5));
        }
    }
}
