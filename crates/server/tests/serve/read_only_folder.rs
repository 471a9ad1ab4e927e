use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use rustix::process::Signal;
use tokio::time::{sleep, timeout};

use crate::support::{Process, serve};

/// Wraps a command so that it runs in a mount namespace in which this folder is read-only, for root
/// too.
fn read_only(folder: &Path, command: &Command) -> Command {
    let mut inside = Command::new("unshare");
    inside
        .args(["--map-root-user", "--mount", "sh", "-c"])
        .arg("mount --bind \"$0\" \"$0\" && mount -o remount,ro,bind \"$0\" && exec \"$@\"")
        .arg(folder)
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::null());
    inside
}

/// A server whose data folder has become read-only uses what is there, and complains once.
#[tokio::test]
async fn a_restart_uses_what_the_folder_holds() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let log = folder.path().join("log");
    let mut command = serve(&data, &["--https", "127.0.0.1:0"]);
    let authority = async |server: &Process| {
        let answer = server.get("localhost", "/trust/crabcall-ca.crt").await;
        assert_eq!(answer.status, 200);
        answer.body
    };
    let first = Process::spawn(&mut command);
    let before = authority(&first).await;
    drop(first);

    let mut command = read_only(&data, &command);
    let server = Process::spawn(command.stderr(fs::File::create(&log).unwrap()));
    assert!(fs::write(data.join("probe"), "").is_ok(), "only in there");
    assert_eq!(authority(&server).await, before);
    // What is looked at every ten seconds is also looked at on SIGHUP.
    let log = || fs::read_to_string(&log).unwrap();
    for reloads in 1..=3 {
        server.signal(Signal::HUP);
        let read = async {
            while log().matches("read the configuration").count() < reloads {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(Duration::from_secs(10), read).await.expect("read");
    }
    assert_eq!(server.get("localhost", "/readyz").await.status, 200);
    let log = log();
    let errors: Vec<&str> = log.lines().filter(|it| it.contains("ERROR")).collect();
    let [error] = errors[..] else {
        panic!("{log}");
    };
    assert!(
        error.contains("nothing can be written to the data folder"),
        "{error}"
    );
}
