use std::fs;

use crate::support::program;

/// The command makes a new key, with which the server refuses all older tickets.
#[test]
fn it_is_made_anew_by_command() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ticket.key");
    let mut keys = Vec::new();
    for _ in 0..2 {
        let output = program(&["rotate-tickets", "--data-dir"])
            .arg(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success());
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains("new ticket key"), "{said}");
        keys.push(fs::read(&path).unwrap());
    }
    assert_eq!(keys[0].len(), 32);
    assert_ne!(keys[0], keys[1]);
}
