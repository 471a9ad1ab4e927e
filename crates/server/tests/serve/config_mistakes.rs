use std::fs;

use crate::support::{complaint, program};

/// One line: what, where, what to do. Exit code 2.
#[test]
fn a_mistake_is_named_with_its_place_and_remedy() {
    for (arguments, words) in [
        (
            vec!["--http", "nonsense"],
            ["--http", "nonsense", "127.0.0.1:8080"],
        ),
        (
            vec!["--http", "0.0.0.0:8080"],
            ["--http", "loopback", "--trusted-proxy"],
        ),
        (vec!["--https", "8443"], ["--https", "8443", "0.0.0.0:8443"]),
        (
            vec!["--http", "off", "--https", "off"],
            ["--https", "nothing to listen on", "leave"],
        ),
        (
            vec!["--name", "http://a.local"],
            ["--name", "not a host name", "192.168.1.20"],
        ),
        (
            vec!["--trusted-proxy", "proxy"],
            ["--trusted-proxy", "proxy", "10.0.0.0/8"],
        ),
        (
            vec!["--max-participants", "1"],
            ["--max-participants", "1", "from 2"],
        ),
        (vec!["--max-rooms", "0"], ["--max-rooms", "0", "from 1"]),
        (vec!["--udp", "3478"], ["--udp", "3478", "0.0.0.0:3478"]),
        (
            vec!["--relay-ports", "60000-50000"],
            ["--relay-ports", "60000-50000", "49152-65535"],
        ),
        (
            vec!["--relay-allow", "lan"],
            ["--relay-allow", "lan", "10.20.0.0/16"],
        ),
        (
            vec!["--public-ip", "me"],
            ["--public-ip", "me", "203.0.113.7"],
        ),
        (vec!["--log-level", "loud"], ["--log-level", "loud", "info"]),
        (
            vec!["--domain", "call.example.org"],
            ["--domain", "call.example.org", "--acme"],
        ),
        (vec!["--acme"], ["--acme", "--domain", "--public-ip"]),
        (
            vec!["--acme", "--domain", "crab.local"],
            ["--domain", "crab.local", "leave --acme away"],
        ),
        (
            vec!["--acme", "--public-ip", "192.168.1.5"],
            ["--public-ip", "192.168.1.5", "private"],
        ),
        (
            vec!["--public-ip", "example.org"],
            ["--public-ip", "example.org", "203.0.113.7"],
        ),
        (
            vec!["--acme", "--domain", "call.example.org", "--https", "off"],
            ["--acme", "no HTTPS", "--https"],
        ),
        (
            vec![
                "--acme",
                "--domain",
                "call.example.org",
                "--cert",
                "a",
                "--key",
                "b",
            ],
            ["--cert", "--acme", "keep one"],
        ),
        (
            vec!["--acme=perhaps", "--domain", "call.example.org"],
            ["--acme", "perhaps", "true"],
        ),
        (
            vec![
                "--acme",
                "--domain",
                "call.example.org",
                "--acme-directory",
                "http://127.0.0.1/dir",
            ],
            ["--acme-directory", "https://", "write it like"],
        ),
        (
            vec![
                "--acme",
                "--domain",
                "call.example.org",
                "--acme-contact",
                "me",
            ],
            ["--acme-contact", "me", "admin@example.org"],
        ),
        (vec!["--cert", "chain.pem"], ["--cert", "--key", "give"]),
        (
            vec!["--config", "/nowhere/crabcall.toml"],
            ["/nowhere/crabcall.toml", "read", "--config"],
        ),
        (
            vec![
                "--http",
                "127.0.0.1:0",
                "--https",
                "off",
                "--data-dir",
                "/dev/null/crabcall",
            ],
            ["/dev/null/crabcall", "can't be used", "--data-dir"],
        ),
    ] {
        let output = program(&["serve"]).args(&arguments).output().unwrap();
        check(&complaint(&output), &words);
    }
}

fn check(line: &str, words: &[&str]) {
    for word in words {
        assert!(line.contains(word), "{word:?} is not in {line}");
    }
}

#[test]
fn a_mistake_in_the_file_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crabcall.toml");
    for (text, words) in [
        (
            "log-level = \"info\"\nport = 8080\n",
            ["line 2", "unknown key \"port\"", "http"],
        ),
        (
            "\n\nhttp = \"here\"\n",
            ["line 3", "here", "127.0.0.1:8080"],
        ),
        (
            "http = \"off\"\nname = [\n",
            ["line ", "crabcall.toml", "TOML"],
        ),
        (
            "max-participants = 0.5\n",
            ["line 1", "max-participants", "write it as"],
        ),
    ] {
        fs::write(&path, text).unwrap();
        let output = program(&["config", "--config", path.to_str().unwrap()])
            .output()
            .unwrap();
        check(&complaint(&output), &words);
    }
}

/// A variable that is no option is no fault, but the program says so.
#[test]
fn a_misspelt_variable_is_told_with_the_nearest() {
    let output = program(&["config"])
        .env("CRABCALL_TRUSTED_PROXIES", "10.0.0.2")
        .output()
        .unwrap();
    assert!(output.status.success());
    let told = String::from_utf8(output.stderr).unwrap();
    check(
        &told,
        &[
            "CRABCALL_TRUSTED_PROXIES",
            "CRABCALL_TRUSTED_PROXY",
            "ignored",
        ],
    );
}
