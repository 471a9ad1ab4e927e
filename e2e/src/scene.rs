//! A server, some people, and what is left to look at when it goes wrong.

use std::{fs::File, panic::AssertUnwindSafe, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use futures_util::FutureExt;

use crate::{Person, Server, Setup, evidence, tools};

/// A scene that takes longer than this has got stuck somewhere that has no deadline of its own.
const LONGEST: Duration = Duration::from_secs(240);

/// One running server. People come by [`Scene::person`].
#[derive(Debug)]
pub struct Scene {
    pub server: Server,
    people: Vec<Person>,
}

impl Scene {
    /// Starts the browsers of some people.
    pub async fn people<const N: usize>(&mut self, cast: [(&str, Setup); N]) -> Result<()> {
        for (name, setup) in cast {
            self.people.push(Person::new(name, &setup).await?);
        }
        Ok(())
    }

    /// All the people there are, in the order they came.
    pub fn cast<const N: usize>(&self) -> Result<[&Person; N]> {
        let people: Vec<&Person> = self.people.iter().collect();
        people
            .try_into()
            .map_err(|_| anyhow::anyhow!("{} people were cast", self.people.len()))
    }

    /// The address here of the call that an invitation leads to.
    pub fn here(&self, link: &str) -> Result<String> {
        moved_to(&self.server.origin(), link)
    }

    /// Two people, of whom the first is alone in a call as its host, and the link to the call.
    pub async fn call_of_one(
        &mut self,
        host: (&str, Setup),
        guest: (&str, Setup),
    ) -> Result<([&Person; 2], String)> {
        let origin = self.server.origin();
        self.people([host, guest]).await?;
        let scene: &Self = self;
        let [.., host, guest] = scene.people.as_slice() else {
            bail!("two people were cast");
        };
        host.start_call(&origin).await?;
        host.join_now().await?;
        let link = scene.here(&host.invitation().await?)?;
        Ok(([host, guest], link))
    }

    /// Two people in a call, the first its host, who see and hear each other.
    pub async fn call_of_two(
        &mut self,
        host: (&str, Setup),
        guest: (&str, Setup),
    ) -> Result<([&Person; 2], String)> {
        let ([host, guest], link) = self.call_of_one(host, guest).await?;
        guest.join(&link).await?;
        guest.sees_and_hears(host.name()).await?;
        host.sees_and_hears(guest.name()).await?;
        Ok(([host, guest], link))
    }

    /// Sends somebody home: the browser closes, without a word to the page.
    pub async fn close(&mut self, name: &str) -> Result<()> {
        let at = self
            .people
            .iter()
            .position(|person| person.name() == name)
            .with_context(|| format!("nobody is called {name}"))?;
        self.people.remove(at).quit().await
    }
}

/// Runs a test with a server. On failure, screenshots and logs are in the target folder under
/// `e2e/<name>`. No page may break its CSP or throw, and the server may not panic.
pub fn scene(name: &str, play: impl AsyncFnOnce(&mut Scene) -> Result<()>) -> Result<()> {
    scene_on(name, async || Server::start().await, play)
}

/// The same with a server of one's own making.
pub fn scene_on(
    name: &str,
    server: impl AsyncFnOnce() -> Result<Server>,
    play: impl AsyncFnOnce(&mut Scene) -> Result<()>,
) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // Two browsers are all that a small computer can decode at once.
    let turn = File::create(tools::evidence()?.join("turn.lock"))?;
    turn.lock()?;
    runtime.block_on(async {
        let mut scene = Scene {
            server: server().await?,
            people: Vec::new(),
        };
        let played =
            tokio::time::timeout(LONGEST, AssertUnwindSafe(play(&mut scene)).catch_unwind());
        let result = match played.await {
            Ok(Ok(result)) => result.and_then(|()| nobody_complained(&scene)),
            Ok(Err(panic)) => Err(anyhow::anyhow!("{}", words_of(panic.as_ref()))),
            Err(_) => Err(anyhow::anyhow!("the test took longer than {LONGEST:?}")),
        };
        let result = match result {
            Ok(()) => Ok(()),
            Err(error) => {
                let folder = evidence::save(name, &scene.server, &scene.people).await;
                Err(error.context(format!("what was to be seen is in {}", folder.display())))
            }
        };
        for mut person in scene.people {
            if result.is_ok() {
                person.quit().await?;
            } else {
                // A browser that got stuck would not answer.
                person.kill();
            }
        }
        result
    })
}

/// The same call at another address of the same server: an invitation may name the network's
/// address, whose certificate only those trust who have been told to.
pub fn moved_to(origin: &str, link: &str) -> Result<String> {
    let (_, room) = link.split_once("/r/").context("not a link of a call")?;
    Ok(format!("{origin}/r/{room}"))
}

fn nobody_complained(scene: &Scene) -> Result<()> {
    for person in &scene.people {
        let complaints: Vec<String> = person
            .browser()
            .console()
            .into_iter()
            .filter(|line| line.starts_with("error:"))
            // The browser's own words about a connection that the test has cut.
            .filter(|line| line.contains("CSP:") || !is_about_network(line))
            .collect();
        if !complaints.is_empty() {
            bail!("the page of {} complained: {complaints:#?}", person.name());
        }
    }
    let log = scene.server.log();
    ensure!(!log.contains("panicked at"), "the server panicked:\n{log}");
    Ok(())
}

fn is_about_network(line: &str) -> bool {
    ["WebSocket", "ws://", "wss://", "net::ERR_"]
        .iter()
        .any(|word| line.contains(word))
}

/// What a panic said.
pub fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "panicked".to_owned())
}
