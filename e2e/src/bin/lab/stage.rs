//! One call in one world: set up, joined, looked at, and kept when it failed.

use std::{
    fs,
    path::{Path as Folder, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use e2e::{
    Moment, Person, Place, Process, Role, Setup, eventually, eventually_within, evidence, moved_to,
    tools,
};

use crate::{
    access::Access,
    cells::{Cell, Class},
    frames,
    path::{self, Path},
    probe,
    program::Program,
    world::{Uplink, World},
};

/// What was noted of the media, and when each frame was presented.
const MEDIA: &str = "return { log: window.testMediaLog, shown: window.testFrames.shown };";
/// How long a better path may take to be found once there are pictures.
const SETTLED_WITHIN: Duration = Duration::from_secs(10);
/// A page that does not show what it should by then is opened again.
const ARRIVES_WITHIN: Duration = Duration::from_secs(10);
const NO_PAGE: &str = "about:blank";
/// How long the pictures are counted.
const LOOK: Duration = Duration::from_secs(2);

/// All that the browser knows of its connections: every candidate and every pair.
const STATS: &str = "
const all = [];
for (const connection of window.testConnections) {
  if (connection.signalingState === 'closed') continue;
  all.push([...(await connection.getStats()).values()]);
}
return all;";

/// Two people and all between them.
#[derive(Debug)]
pub struct Stage {
    people: [Person; 2],
    pub program: Program,
    pub world: World,
    class: Class,
    _captures: Vec<Process>,
}

/// How a call came up.
#[derive(Debug, Clone, Copy)]
pub struct Joined {
    /// From the second person's "Join now" to the first frame.
    pub first_frame_ms: f64,
    pub paths: [Path; 2],
    /// Frames per second, of who saw fewer.
    pub rate: f64,
    /// The longest time without a new frame, of who saw the longer one.
    pub gap_ms: f64,
}

impl Stage {
    /// Builds everything; nobody has opened the page yet.
    pub async fn set(cell: &Cell, uplink: Uplink, seed: u64, folder: &Folder) -> Result<Self> {
        let [one, other] = cell.access;
        let homes = [(one, uplink), (other, Uplink::Cable)];
        let world = World::build(cell.hosting, homes, seed, folder)?;
        Self::set_in(world, cell, folder).await
    }

    /// The same in a world that is there already.
    pub async fn set_in(world: World, cell: &Cell, folder: &Folder) -> Result<Self> {
        probe::check(&world)?;
        let captures = capture(&world, folder)?;
        let program = Program::start(&world.server, cell.hosting, folder).await?;
        let [ada, bob] = &world.homes;
        let [first, second] = cell.browsers;
        let setup = |kind, home: &crate::world::Home| {
            Setup::new(kind)
                .trusting(program.authority())
                .inside(home.client.clone())
                .behind(home.proxy())
        };
        let (ada, bob) = (setup(first, ada), setup(second, bob));
        let (ada, bob) = tokio::try_join!(Person::new("Ada", &ada), Person::new("Bob", &bob))?;
        for person in [&ada, &bob] {
            person.browser().watch_frames().await?;
        }
        Ok(Self {
            people: [ada, bob],
            program,
            world,
            class: cell.class(),
            _captures: captures,
        })
    }

    /// Who started the call, and who joins it.
    pub fn people(&self) -> [&Person; 2] {
        let [ada, bob] = &self.people;
        [ada, bob]
    }

    /// The first person starts a call: the link that the second one opens.
    pub async fn start_call(&self) -> Result<String> {
        let [ada, _] = self.people();
        let [home, other] = &self.world.homes;
        arrive(ada, &home.origin(), "Start a call").await?;
        ada.press("Start a call").await?;
        ada.join_now().await?;
        moved_to(&other.origin(), &ada.invitation().await?)
    }

    /// The second person joins.
    pub async fn join(&self, link: &str) -> Result<Joined> {
        let [ada, bob] = self.people();
        arrive(bob, link, "Join now").await?;
        bob.tile("You").await?.is_seen().await?;
        bob.find(Role::Button, "Join now").await?;
        bob.join_now().await?;
        let first_frame_ms = bob.browser().first_frame().await?;
        ada.browser().first_frame().await?;
        let paths = self.settle().await?;
        let moments = self.now().await?;
        tokio::try_join!(
            bob.sees_and_hears("Ada"),
            ada.sees_and_hears("Bob"),
            async {
                tokio::time::sleep(LOOK).await;
                Ok(())
            }
        )?;
        let look = self.look_back(moments).await?;
        Ok(Joined {
            first_frame_ms,
            paths,
            rate: look.rate,
            gap_ms: look.gap_ms,
        })
    }

    /// The second person leaves.
    pub async fn leave(&self) -> Result<()> {
        let [ada, bob] = self.people();
        bob.press("Leave").await?;
        ada.sees_nobody_called("Bob").await
    }

    /// Both leave, and their pages are closed: nothing of the call is left in the browsers.
    pub async fn end_call(&self) -> Result<()> {
        let [ada, bob] = self.people();
        bob.open(NO_PAGE).await?;
        ada.open(NO_PAGE).await
    }

    /// Waits for the path that theory allows.
    async fn settle(&self) -> Result<[Path; 2]> {
        let [one, other] = &self.world.homes;
        let fits = |paths: [Path; 2]| fits(self.class, [one.access, other.access], paths);
        let mut last = String::new();
        let what = format!("a path of the kind {:?}", self.class);
        eventually_within(SETTLED_WITHIN, &what, async || {
            let [ada, bob] = self.people();
            let one = path::of(ada.browser()).await?;
            let other = path::of(bob.browser()).await?;
            let (Some((one, first)), Some((other, second))) = (one, other) else {
                return Ok(None);
            };
            last = format!("Ada's is {one} ({first}), Bob's is {other} ({second})");
            Ok(Some([one, other]).filter(|paths| fits(*paths)))
        })
        .await
        .with_context(|| last)
    }

    /// Counts the pictures for a while.
    pub async fn look(&self, time: Duration) -> Result<Look> {
        let moments = self.now().await?;
        tokio::time::sleep(time).await;
        self.look_back(moments).await
    }

    /// Each person's clock.
    pub async fn now(&self) -> Result<[Moment; 2]> {
        let [ada, bob] = self.people();
        Ok([
            ada.browser().page_time().await?,
            bob.browser().page_time().await?,
        ])
    }

    /// What was to be seen since.
    pub async fn look_back(&self, since: [Moment; 2]) -> Result<Look> {
        let mut look = Look {
            rate: f64::INFINITY,
            gap_ms: 0.0,
        };
        for (person, since) in self.people().into_iter().zip(since) {
            let shown = person.browser().frames_after(since).await?;
            let now = person.browser().page_time().await?;
            look.rate = look.rate.min(shown.len() as f64 * 1000.0 / (now - since));
            look.gap_ms = look.gap_ms.max(frames::longest_gap(since, &shown, now));
        }
        Ok(look)
    }

    /// Waits until both see a moving picture.
    pub async fn moves(&self, within: Duration) -> Result<()> {
        const LATELY_MS: Moment = 1_000.0;
        for person in self.people() {
            let what = format!("pictures to be back for {}", person.name());
            eventually_within(within, &what, async || {
                let now = person.browser().page_time().await?;
                let shown = person.browser().frames_after(now - LATELY_MS).await?;
                Ok(frames::moves(&shown).then_some(()))
            })
            .await?;
        }
        Ok(())
    }

    /// Waits until both pages say that they are connected to the server.
    pub async fn signalling_is_back(&self) -> Result<()> {
        for person in self.people() {
            let what = format!("{} to be connected again", person.name());
            eventually(&what, async || {
                let text = person.page_text().await?.to_lowercase();
                Ok(text.contains("connected.").then_some(()))
            })
            .await?;
        }
        Ok(())
    }

    /// An error if something broke that should not.
    pub fn is_well(&mut self) -> Result<()> {
        for person in self.people() {
            let complaints: Vec<String> = person
                .browser()
                .console()
                .into_iter()
                .filter(|line| line.contains("CSP:") || line.contains("panicked"))
                .collect();
            ensure!(
                complaints.is_empty(),
                "the page of {} complained: {complaints:#?}",
                person.name()
            );
        }
        self.program.is_well()
    }

    /// Keeps what was to be seen.
    pub async fn keep(&self, folder: &Folder) {
        for person in self.people() {
            evidence::save_person(folder, person).await;
            if let Ok(log) = person.browser().run(MEDIA, vec![]).await {
                let file = folder.join(format!("{}-media.json", person.name()));
                let _ = fs::write(file, log.to_string());
            }
            if let Ok(Some((_, pair))) = path::of(person.browser()).await {
                let _ = fs::write(folder.join(format!("{}-path.json", person.name())), pair);
            }
            if let Ok(stats) = person.browser().run(STATS, vec![]).await {
                let text = serde_json::to_string_pretty(&stats).unwrap_or_default();
                let _ = fs::write(folder.join(format!("{}-stats.json", person.name())), text);
            }
        }
    }

    /// Closes the browsers.
    pub async fn close(self) -> Result<()> {
        for person in self.people {
            person.quit().await?;
        }
        Ok(())
    }
}

/// What was to be seen for some time, by who saw less.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Frames per second.
    pub rate: f64,
    /// The longest time without a new frame.
    pub gap_ms: f64,
}

/// Opens a page that has this control. A browser gives up a page that is on its way when it sees a
/// network come up; whoever sits before it opens it again.
async fn arrive(person: &Person, address: &str, control: &str) -> Result<()> {
    person.open(address).await?;
    let what = format!("{} to see \"{control}\"", person.name());
    let arrived = eventually_within(ARRIVES_WITHIN, &what, async || {
        let is_there = person.browser().has(Role::Control, control).await?;
        Ok(is_there.then_some(()))
    });
    match arrived.await {
        Ok(()) => Ok(()),
        Err(_) => person.open(address).await,
    }
}

/// Whether the paths are of the kind that theory allows.
fn fits(class: Class, access: [Access; 2], paths: [Path; 2]) -> bool {
    if class == Class::Direct {
        return paths == [Path::Direct; 2];
    }
    access.into_iter().zip(paths).all(|(access, path)| {
        path.is_relayed()
            && match access {
                Access::OnlyTls => path == Path::Tls,
                Access::UdpBlocked | Access::Only443 | Access::Proxy => {
                    matches!(path, Path::Tcp | Path::Tls)
                }
                _ => true,
            }
    })
}

/// The folder of a cell, empty.
pub fn folder(name: &str) -> Result<PathBuf> {
    let folder = tools::evidence()?.join("lab").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Records the heads of all packets at the routers and the server, if there is a tcpdump.
fn capture(world: &World, folder: &Folder) -> Result<Vec<Process>> {
    let Ok(tcpdump) = tools::find("TCPDUMP", &["tcpdump"]) else {
        return Ok(Vec::new());
    };
    let [one, other] = &world.homes;
    [&one.router, &other.router, &world.server]
        .into_iter()
        .map(|namespace| {
            let mut command = Command::new(&tcpdump);
            command
                .args(["-i", "any", "-U", "-s", "200", "-Z", "root", "-w"])
                .arg(folder.join(format!("{}.pcap", namespace.name())));
            namespace.start(command, &folder.join("tcpdump.log"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_must_be_the_one_that_theory_allows() {
        let open = [Access::Open; 2];
        assert!(fits(Class::Direct, open, [Path::Direct; 2]));
        assert!(!fits(Class::Direct, open, [Path::Udp, Path::OtherRelay]));
        let symmetric = [Access::Symmetric; 2];
        assert!(fits(Class::Relay, symmetric, [Path::Udp; 2]));
        assert!(!fits(Class::Relay, symmetric, [Path::Direct; 2]));
        let blocked = [Access::UdpBlocked, Access::Open];
        assert!(fits(Class::Relay, blocked, [Path::Tcp, Path::OtherRelay]));
        assert!(!fits(Class::Relay, blocked, [Path::Udp, Path::OtherRelay]));
        let tls = [Access::OnlyTls, Access::Open];
        assert!(fits(Class::Relay443, tls, [Path::Tls, Path::Udp]));
        assert!(!fits(Class::Relay443, tls, [Path::Tcp, Path::Udp]));
    }
}
