//! What a failed test leaves behind.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{Person, Server, tools};

const CONNECTIONS: &str = include_str!("js/connections.js");

/// How long saving may take for each person, whose browser may have got stuck. A test is ended from
/// outside after five minutes, and everything must be saved before.
const SAVED_WITHIN: Duration = Duration::from_secs(20);

/// Saves what [`save_person`] saves of each, and the server's log, in the folder of this test.
pub async fn save(name: &str, server: &Server, people: &[Person]) -> PathBuf {
    let folder = tools::evidence().unwrap_or_default().join(name);
    let _ = fs::remove_dir_all(&folder);
    let _ = fs::create_dir_all(&folder);
    let _ = fs::write(folder.join("server.log"), server.log());
    for person in people {
        let _ = tokio::time::timeout(SAVED_WITHIN, save_person(&folder, person)).await;
    }
    folder
}

/// Saves a person's screen, words, connections, console and driver log. It does what it can: a browser that
/// has gone must not hide why the test failed.
pub async fn save_person(folder: &Path, person: &Person) {
    let file = |what: &str| folder.join(format!("{}-{what}", file_name(person.name())));
    let browser = person.browser();
    let _ = browser.web().screenshot(&file("screen.png")).await;
    let mut words = String::new();
    let _ = writeln!(words, "{:?}", browser.web().current_url().await);
    let _ = writeln!(words, "status: {:?}", person.status().await);
    let _ = writeln!(words, "{}", person.page_text().await.unwrap_or_default());
    let _ = fs::write(file("page.txt"), words);
    let _ = fs::write(
        file("page.html"),
        browser.web().source().await.unwrap_or_default(),
    );
    if let Ok(connections) = browser.run(CONNECTIONS, vec![]).await {
        let _ = fs::write(
            file("connections.json"),
            connections.as_str().unwrap_or_default(),
        );
    }
    let _ = fs::write(file("console.txt"), browser.console().join("\n"));
    let _ = fs::write(file("driver.txt"), browser.driver_log());
}

fn file_name(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .take(40)
        .collect()
}
