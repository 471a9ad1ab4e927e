use std::{
    os::unix::net::UnixDatagram,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{program, serve};

/// The socket of a service manager, and where it is.
fn manager(folder: &Path) -> (PathBuf, UnixDatagram) {
    let path = folder.join("notify");
    let socket = UnixDatagram::bind(&path).expect("a socket");
    socket
        .set_read_timeout(Some(Duration::from_secs(10)))
        .expect("a time limit");
    (path, socket)
}

/// systemd starts what needs the server once it listens, and knows an end that was asked for.
#[test]
fn the_beginning_and_the_end_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let (path, socket) = manager(folder.path());
    let hears = |word: &str| {
        let mut message = [0; 256];
        let length = socket.recv(&mut message).expect(word);
        let message = String::from_utf8_lossy(&message[..length]).into_owned();
        assert!(message.lines().any(|line| line == word), "{message}");
    };
    let mut child = program(&[
        "serve",
        "--http",
        "127.0.0.1:0",
        "--https",
        "off",
        "--udp",
        "off",
    ])
    .arg("--data-dir")
    .arg(folder.path().join("data"))
    .env("NOTIFY_SOCKET", &path)
    .stdout(Stdio::null())
    .stderr(Stdio::null())
    .spawn()
    .unwrap();
    hears("READY=1");
    let id = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(id, Signal::TERM).unwrap();
    hears("STOPPING=1");
    assert!(child.wait().unwrap().success());
}

/// A server that hangs is restarted (`WatchdogSec=`); one that works says so in time.
#[test]
fn the_watchdog_is_fed() {
    let folder = tempfile::tempdir().unwrap();
    let (path, socket) = manager(folder.path());
    let mut command = serve(&folder.path().join("data"), &[]);
    let mut child = command
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "100000")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut fed = 0;
    while fed < 3 {
        let mut message = [0; 256];
        let length = socket.recv(&mut message).expect("a word in time");
        fed += usize::from(&message[..length] == b"WATCHDOG=1\n");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
