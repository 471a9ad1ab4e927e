use std::fs;

use crate::support::program;

/// Flag over environment over file over default, and `config` tells which it was.
#[test]
fn the_nearer_layer_wins() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crabcall.toml");
    fs::write(
        &path,
        "http = \"127.0.0.1:1001\"\nname = [\"file.local\"]\nmax-participants = 3\nlog-level = \"warn\"\n",
    )
    .unwrap();
    let output = program(&[
        "config",
        "--config",
        path.to_str().unwrap(),
        "--http",
        "127.0.0.1:1003",
    ])
    .env("CRABCALL_HTTP", "127.0.0.1:1002")
    .env("CRABCALL_NAME", "one.local,two.local")
    .env("CRABCALL_LOG_LEVEL", "")
    .output()
    .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    let file = path.display();
    for line in [
        "http = \"127.0.0.1:1003\"  # flag".to_owned(),
        "name = [\"one.local\", \"two.local\"]  # environment".to_owned(),
        format!("max-participants = 3  # {file} line 3"),
        // An empty variable says nothing.
        format!("log-level = \"warn\"  # {file} line 4"),
        "https = [\"0.0.0.0:8443\", \"[::]:8443\"]  # default".to_owned(),
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "{line} is not in\n{text}"
        );
    }
}

/// `--acme` needs no value, and brings HTTPS to its own port.
#[test]
fn acme_is_switched_on_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crabcall.toml");
    fs::write(&path, "acme = true\ndomain = \"call.example.org\"\n").unwrap();
    let file = path.to_str().unwrap();
    for (arguments, origin) in [
        (
            vec!["config", "--acme", "--domain", "call.example.org"],
            "flag".to_owned(),
        ),
        (vec!["config", "--config", file], format!("{file} line 1")),
    ] {
        let output = program(&arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let has = |line: &str| text.lines().any(|found| found == line);
        assert!(has(&format!("acme = true  # {origin}")), "{text}");
        assert!(
            has("https = [\"0.0.0.0:443\", \"[::]:443\"]  # default"),
            "{text}"
        );
    }
    let output = program(&["config", "--config", file, "--acme=false", "--https", "off"])
        .output()
        .unwrap();
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains("acme = false  # flag")
    );
}

/// What `config` prints is a file that says the same.
#[test]
fn the_printed_configuration_can_be_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crabcall.toml");
    let printed = |arguments: &[&str]| {
        let output = program(&["config"]).args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let values = |text: &str| -> Vec<String> {
        text.lines()
            .map(|line| line.rsplit_once("  # ").unwrap().0.to_owned())
            .collect()
    };
    let first = printed(&[
        "--https",
        "off",
        "--name",
        "a.local",
        "--domain",
        "call.example.org",
        "--data-dir",
        "/srv/\"quoted\" \\ folder",
    ]);
    fs::write(&path, &first).unwrap();
    let second = printed(&["--config", path.to_str().unwrap()]);
    assert_eq!(values(&first), values(&second));
}
