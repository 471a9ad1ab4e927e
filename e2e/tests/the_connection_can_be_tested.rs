//! "Test my connection" in the lobby says within seconds of every way to the server whether it works,
//! and what to do about one that does not.

use std::net::Ipv4Addr;

use e2e::{Person, Proxy, Role, Server, Setup, TunnelProxy, WebSockets, eventually, scene_on};

const TITLE: &str = "Connection test";
const BY_UDP: &str = "Through the server, over UDP";
const BY_TCP: &str = "Through the server, over TCP";
const BY_TLS: &str = "Through the server, over TLS";

/// The server's name where only a proxy knows it.
const BEHIND_PROXY: &str = "crab.internal";

/// What is said of a link: whether it works, and all of the rest.
type Said = (bool, String);

/// Reads the lines, once there is a verdict.
async fn results(person: &Person) -> e2e::Result<Vec<Said>> {
    eventually("a verdict", async || {
        let text = person.page_text().await?;
        Ok((!text.contains("Testing.")).then_some(()))
    })
    .await?;
    let lines = "return [...document.querySelectorAll('dialog li')].map((li) => li.innerText);";
    let lines = person.browser().run(lines, vec![]).await?;
    let lines = lines.as_array().cloned().unwrap_or_default();
    let said = lines.iter().filter_map(|line| line.as_str());
    Ok(said
        .map(|line| (line.contains("(OK)"), line.replace('\n', " ")))
        .collect())
}

/// Reads results that are as expected. A computer that is busy with something else may lose or delay
/// more than a call bears: then the test is done again, as a person would.
async fn reads(person: &Person, expected: impl Fn(&[Said]) -> bool) -> e2e::Result {
    person.find(Role::Dialog, TITLE).await?;
    let mut last = Vec::new();
    let what = format!("{} to read good results", person.name());
    let found = eventually(&what, async || {
        if !last.is_empty() {
            person.press("Test again").await?;
        }
        last = results(person).await?;
        Ok(expected(&last).then_some(()))
    })
    .await;
    found.map_err(|error| error.context(format!("{last:#?}")))
}

/// This way works, and how long it is was measured.
fn is_measured(said: &[Said], way: &str) -> bool {
    said.iter()
        .any(|(good, line)| *good && line.starts_with(way) && line.contains("ms there and back"))
}

#[test]
fn where_every_way_works() -> e2e::Result {
    scene_on("connection-test", Server::start, async |scene| {
        // By a name: Firefox does not speak TURN over TLS with a server that is named by an address.
        let https = scene.server.https_origin();
        let origin = https.replace("127.0.0.1", "localhost");
        let ca = scene.server.download_ca().await?;
        scene
            .people([
                ("Ada", Setup::chromium().trusting(&ca)),
                ("Bob", Setup::firefox().trusting(&ca)),
            ])
            .await?;
        for person in scene.cast::<2>()? {
            person.start_call(&origin).await?;
            person.press("Test my connection").await?;
            reads(person, |said| {
                said.len() == 5
                    && said.iter().all(|(good, _)| *good)
                    && [BY_UDP, BY_TCP, BY_TLS]
                        .iter()
                        .all(|way| is_measured(said, way))
            })
            .await?;
            person.reads(&["Calls connect from here."]).await?;
        }
        let [ada, _] = scene.cast()?;
        ada.finds_it_accessible("connection test").await?;
        // Escape closes it, and the focus is back: so Enter opens it once more.
        ada.close_panel().await?;
        eventually("the dialog to be gone", async || {
            let open = ada.browser().has(Role::Dialog, TITLE).await?;
            Ok((!open).then_some(()))
        })
        .await?;
        ada.key("\u{e007}").await?;
        ada.find(Role::Dialog, TITLE).await?;
        ada.press("Close").await?;
        // Nobody has noticed anything.
        ada.reads(&["Nobody here yet"]).await?;
        ada.join_now().await?;
        ada.reads(&["Waiting for others to join."]).await
    })
}

#[test]
fn where_udp_does_not_get_through() -> e2e::Result {
    let server = async || Server::start_with(Ipv4Addr::LOCALHOST.into(), &["--udp", "off"]).await;
    scene_on("connection-test-no-udp", server, async |scene| {
        let origin = scene.server.origin();
        scene.people([("Ada", Setup::firefox())]).await?;
        let [ada] = scene.cast()?;
        ada.start_call(&origin).await?;
        ada.press("Test my connection").await?;
        reads(ada, |said| {
            let udp = said.iter().find(|(_, line)| line.starts_with("UDP"));
            udp.is_some_and(|(good, line)| !good && line.contains("Calls go through TCP"))
                && is_measured(said, BY_TCP)
        })
        .await?;
        ada.reads(&["Calls connect from here, through TCP."]).await
    })
}

/// What is said of the server itself.
fn of_server(said: &[Said]) -> &str {
    let line = said.iter().find(|(_, line)| line.starts_with("Server"));
    line.map_or("", |(_, line)| line)
}

#[test]
fn behind_a_proxy() -> e2e::Result {
    let server = async || {
        let more = ["--name", BEHIND_PROXY];
        Server::start_with(Ipv4Addr::LOCALHOST.into(), &more).await
    };
    scene_on("connection-test-proxies", server, async |scene| {
        let ca = scene.server.download_ca().await?;
        let no_web_sockets = Proxy::start(scene.server.http(), WebSockets::Hang).await?;
        let only_tunnels = TunnelProxy::start(BEHIND_PROXY, scene.server.https()).await?;
        let bobs = Setup::chromium()
            .trusting(&ca)
            .behind(Some(only_tunnels.address()));
        scene
            .people([("Ada", Setup::firefox()), ("Bob", bobs)])
            .await?;
        let [ada, bob] = scene.cast()?;

        ada.start_call(&no_web_sockets.origin()).await?;
        ada.press("Test my connection").await?;
        reads(ada, |said| {
            let line = of_server(said);
            line.contains("By HTTP requests,")
                && line.contains("No WebSocket gets through.")
                && line.contains("ask your network's administrator to let WebSockets to localhost:")
                && is_measured(said, BY_UDP)
        })
        .await?;
        ada.reads(&["Calls connect from here."]).await?;

        let port = scene.server.https().port();
        bob.start_call(&format!("https://{BEHIND_PROXY}:{port}"))
            .await?;
        bob.press("Test my connection").await?;
        reads(bob, |said| {
            let advice = format!("to {BEHIND_PROXY}, or try another network");
            let udp = said.iter().find(|(_, line)| line.starts_with("UDP"));
            udp.is_some_and(|(good, line)| !good && line.contains(&advice))
                && of_server(said).contains("By WebSocket,")
                && is_measured(said, BY_TCP)
                && is_measured(said, BY_TLS)
        })
        .await?;
        bob.reads(&["Calls connect from here, through TCP."]).await
    })
}
