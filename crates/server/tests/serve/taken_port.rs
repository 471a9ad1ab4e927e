use std::net::{TcpListener, UdpSocket};

use crate::support::{complaint, program};

/// A port that another program has: said in one line, with what to do.
#[test]
fn a_taken_port_is_said_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (option, other) in [("--http", "--https"), ("--https", "--http")] {
        let output = program(&["serve", option, &address, other, "off", "--data-dir"])
            .arg(folder.path())
            .output()
            .unwrap();
        let line = complaint(&output);
        assert!(
            line.contains(&format!("{option} {address}: the port is taken")),
            "{line}"
        );
        assert!(line.contains("take another port"), "{line}");
    }
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = program(&["serve", "--http", "127.0.0.1:0", "--https", "off"])
        .args(["--udp", &address, "--data-dir"])
        .arg(folder.path())
        .output()
        .unwrap();
    let line = complaint(&output);
    let words = format!("--udp {address}: the port is taken");
    assert!(line.contains(&words), "{line}");
}
