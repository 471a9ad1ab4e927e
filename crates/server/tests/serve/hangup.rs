use std::{fs, process::Stdio, time::Duration};

use rustix::{
    process::Signal,
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
};
use tokio::time::{sleep, timeout};

use crate::support::{Process, serve};

/// Waits until a request for this host is answered with this status.
async fn answers(server: &Process, host: &str, status: u16) {
    let answered = async {
        while server.get(host, "/info.json").await.status != status {
            sleep(Duration::from_millis(10)).await;
        }
    };
    let waited = timeout(Duration::from_secs(10), answered).await;
    waited.unwrap_or_else(|_| panic!("{host} is not answered with {status}"));
}

/// Without a terminal, SIGHUP tells a service that its configuration changed.
#[tokio::test]
async fn without_a_terminal_the_configuration_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("crabcall.toml");
    let log = folder.path().join("log");
    fs::write(&config, "name = [\"one.lan\"]\n").unwrap();
    let mut command = serve(
        &folder.path().join("data"),
        &["--config", config.to_str().unwrap()],
    );
    let mut server = Process::spawn(command.stderr(fs::File::create(&log).unwrap()));
    answers(&server, "one.lan", 200).await;
    answers(&server, "two.lan", 421).await;

    fs::write(&config, "name = [\"two.lan\"]\nmax-participants = 7\n").unwrap();
    server.signal(Signal::HUP);
    answers(&server, "two.lan", 200).await;
    answers(&server, "one.lan", 421).await;

    // A configuration with a mistake changes nothing.
    fs::write(&config, "name = [\"three.lan\"]\nnonsense = 1\n").unwrap();
    server.signal(Signal::HUP);
    let said = async |words: &str| {
        let said = async {
            while !fs::read_to_string(&log).unwrap().contains(words) {
                sleep(Duration::from_millis(10)).await;
            }
        };
        let waited = timeout(Duration::from_secs(10), said).await;
        waited
            .unwrap_or_else(|_| panic!("{words} is not in {}", fs::read_to_string(&log).unwrap()));
    };
    said("unknown key \"nonsense\"").await;
    said("max-participants").await;
    answers(&server, "two.lan", 200).await;
    answers(&server, "three.lan", 421).await;
    server.signal(Signal::TERM);
    assert!(server.child.wait().unwrap().success());
}

/// When the terminal that it was started from is closed, everybody is told, as with SIGTERM.
#[tokio::test]
async fn on_a_terminal_it_ends_with_a_goodbye() {
    let folder = tempfile::tempdir().unwrap();
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let end = fs::File::open(name.to_str().unwrap()).unwrap();
    let mut command = serve(folder.path(), &[]);
    let mut server = Process::spawn(command.stdin(Stdio::from(end)));
    server.signal(Signal::HUP);
    let status = server.child.wait().unwrap();
    assert!(status.success(), "{status}");
}
