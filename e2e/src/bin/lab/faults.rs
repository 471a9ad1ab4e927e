//! What goes wrong in a call, and how long that is felt.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{Person, Role};
use serde_json::Value;

use crate::{
    access::Access::{self, *},
    link::{Loss, Weather},
    stage::Stage,
    world::Uplink,
};

const RECEIVED: &str = include_str!("../../js/received.js");
/// The longest that we wait for a call to come back.
const PATIENCE: Duration = Duration::from_secs(90);
/// A picture that stands still for longer has a gap (ms). Busy computers skip frames as well.
const GAP_MS: f64 = 700.0;

/// A fault, and in what call it happens.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    pub name: &'static str,
    pub access: [Access; 2],
    pub what: What,
}

/// What goes wrong on the side of who started the call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum What {
    /// The server is killed and started again.
    Killed,
    /// The cable behind the router is cut for so many seconds.
    Cut(u64),
    /// The computer leaves its network for another.
    Moved,
    /// The router forgets its mappings.
    Forgotten,
    /// The weather turns bad, for so many seconds; the second number is for all of LAB.md.
    Weather(Weather, [u64; 2]),
    /// The link has only so many kbit/s.
    Narrow(u32),
}

/// Something measured, and what it may be.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    pub what: &'static str,
    pub value: f64,
    pub limit: Limit,
}

/// What a figure may be.
#[derive(Debug, Clone, Copy)]
pub enum Limit {
    Most(f64),
    Least(f64),
    /// Only told.
    None,
}

impl Figure {
    fn most(what: &'static str, value: f64, most: f64) -> Self {
        let limit = Limit::Most(most);
        Self { what, value, limit }
    }

    fn least(what: &'static str, value: f64, least: f64) -> Self {
        let limit = Limit::Least(least);
        Self { what, value, limit }
    }

    fn told(what: &'static str, value: f64) -> Self {
        let limit = Limit::None;
        Self { what, value, limit }
    }

    /// Whether the limit is kept.
    pub fn holds(&self) -> bool {
        match self.limit {
            Limit::Most(most) => self.value <= most,
            Limit::Least(least) => self.value >= least,
            Limit::None => true,
        }
    }
}

/// All of them.
pub fn all() -> Vec<Fault> {
    let weather = |loss, delay, jitter| Weather {
        loss,
        delay: Duration::from_millis(delay),
        jitter: Duration::from_millis(jitter),
        overtakes: (jitter > 0).then_some(50),
    };
    let fault = |name, access, what| Fault { name, access, what };
    let (port, symmetric) = ([PortRestricted; 2], [Symmetric; 2]);
    vec![
        fault("server-killed", port, What::Killed),
        fault("link-down-5", port, What::Cut(5)),
        fault("link-down-30", port, What::Cut(30)),
        fault("link-down-5-relayed", symmetric, What::Cut(5)),
        fault("moved", port, What::Moved),
        fault("moved-relayed", symmetric, What::Moved),
        fault("rebinding", [Symmetric, Open], What::Forgotten),
        fault("rebinding-relayed", symmetric, What::Forgotten),
        fault(
            "loss-30",
            port,
            What::Weather(weather(Loss::Random(0.3), 0, 0), [30, 600]),
        ),
        fault(
            "bursts-5",
            port,
            What::Weather(weather(Loss::Bursts(0.05), 0, 0), [30, 60]),
        ),
        fault("narrow-300", port, What::Narrow(300)),
        fault(
            "slow-200",
            port,
            What::Weather(weather(Loss::None, 200, 30), [30, 60]),
        ),
    ]
}

/// What `cargo xtask test` runs.
pub const CHOSEN: [&str; 3] = ["server-killed", "link-down-30", "bursts-5"];

impl Fault {
    /// What the first person's router is connected by.
    pub fn uplink(&self) -> Uplink {
        match self.what {
            What::Weather(..) => Uplink::Weather,
            _ => Uplink::Cable,
        }
    }

    /// Whether it can happen again in the same call.
    pub fn can_be_repeated(&self) -> bool {
        matches!(self.what, What::Killed | What::Cut(_) | What::Forgotten)
    }

    /// Before the call: what has to be there.
    pub fn prepare(&self, stage: &mut Stage) -> Result<()> {
        if self.what == What::Moved {
            stage.world.second_network(0)?;
        }
        Ok(())
    }

    /// In the call.
    pub async fn happen(&self, stage: &mut Stage, long: bool) -> Result<Vec<Figure>> {
        mark(stage).await?;
        let figures = match self.what {
            What::Killed => killed(stage).await?,
            What::Cut(seconds) => cut(stage, seconds).await?,
            What::Moved => {
                let since = stage.now().await?;
                home(stage)?.move_away()?;
                back(stage, since, 2_000.0).await?
            }
            What::Forgotten => {
                let since = stage.now().await?;
                home(stage)?.forget_mappings()?;
                back(stage, since, 2_000.0).await?
            }
            What::Weather(weather, [short, full]) => {
                let time = Duration::from_secs(if long { full } else { short });
                home(stage)?.weather(weather)?;
                let figures = bad(stage, time, weather).await?;
                home(stage)?.weather(Weather::FINE)?;
                figures
            }
            What::Narrow(kbit) => {
                home(stage)?.narrow(&stage.world, kbit)?;
                // The browsers need some time to find what fits.
                tokio::time::sleep(Duration::from_secs(15)).await;
                narrow(stage, Duration::from_secs(30)).await?
            }
        };
        let [ada, bob] = stage.people();
        ada.sees_and_hears("Bob").await?;
        bob.sees_and_hears("Ada").await?;
        is_the_same_page(stage).await?;
        Ok(figures)
    }
}

fn home(stage: &Stage) -> Result<&crate::world::Home> {
    let [home, _] = &stage.world.homes;
    Ok(home)
}

/// A page that was loaded again would have lost this.
async fn mark(stage: &Stage) -> Result<()> {
    for person in stage.people() {
        person
            .browser()
            .run("window.labMark = true;", vec![])
            .await?;
    }
    Ok(())
}

async fn is_the_same_page(stage: &Stage) -> Result<()> {
    for person in stage.people() {
        let marked = person.browser().run("return window.labMark;", vec![]);
        ensure!(
            marked.await? == Value::Bool(true),
            "the page of {} was loaded again",
            person.name()
        );
    }
    Ok(())
}

async fn killed(stage: &mut Stage) -> Result<Vec<Figure>> {
    let before = stage.look(Duration::from_secs(3)).await?;
    let connections = connections(stage).await?;
    let since = stage.now().await?;
    stage.program.kill();
    for person in stage.people() {
        person.reads(&["The server is out of reach."]).await?;
    }
    stage.program.start_again().await?;
    let open = tokio::time::Instant::now();
    stage.signalling_is_back().await?;
    let back = open.elapsed();
    // Media that is dropped because signalling is back would count.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let look = stage.look_back(since).await?;
    ensure!(
        self::connections(stage).await? == connections,
        "peer connections were made anew"
    );
    let [ada, _] = stage.people();
    is_host(ada).await?;
    Ok(vec![
        Figure::most("signalling back, s", back.as_secs_f64(), 3.0),
        Figure::most("longest gap, ms", look.gap_ms, GAP_MS),
        Figure::told("longest gap before, ms", before.gap_ms),
    ])
}

async fn connections(stage: &Stage) -> Result<[u64; 2]> {
    let [ada, bob] = stage.people();
    Ok([ada.connections_made().await?, bob.connections_made().await?])
}

/// Only a host can remove somebody.
async fn is_host(person: &Person) -> Result<()> {
    let remove = "Remove Bob";
    if !person.browser().has(Role::Control, remove).await? {
        person.press("People").await?;
    }
    person
        .find(Role::Control, remove)
        .await
        .context("the host is no host any more")?;
    person.close_panel().await
}

async fn cut(stage: &mut Stage, seconds: u64) -> Result<Vec<Figure>> {
    let most = if seconds > 10 { 3_000.0 } else { 1_000.0 };
    home(stage)?.cut()?;
    // What was on its way may still come.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let still = stage.now().await?;
    tokio::time::sleep(Duration::from_secs(seconds.saturating_sub(1))).await;
    let shown = stage.look_back(still).await?;
    ensure!(shown.rate < 1.0, "the cut has cut nothing: {shown:?}");
    let since = stage.now().await?;
    home(stage)?.mend()?;
    back(stage, since, most).await
}

/// Waits until both see a moving picture and hear from each other through the server.
async fn back(stage: &Stage, since: [f64; 2], most_ms: f64) -> Result<Vec<Figure>> {
    let start = tokio::time::Instant::now();
    // A picture may go on for a moment before it stops.
    tokio::time::sleep(Duration::from_secs(4)).await;
    stage.moves(PATIENCE).await?;
    let look = stage.look_back(since).await?;
    let [ada, bob] = stage.people();
    let tile = ada.tile("Bob").await?;
    bob.press("Mute microphone").await?;
    tile.says("Microphone off").await?;
    let signalling = start.elapsed();
    bob.press("Unmute microphone").await?;
    tile.says_no_more("Microphone off").await?;
    Ok(vec![
        Figure::most("longest gap, ms", look.gap_ms, most_ms),
        Figure::told("signalling works after, s", signalling.as_secs_f64()),
    ])
}

async fn bad(stage: &Stage, time: Duration, weather: Weather) -> Result<Vec<Figure>> {
    let connections = connections(stage).await?;
    let before = received(stage).await?;
    let look = stage.look(time).await?;
    let after = received(stage).await?;
    ensure!(
        self::connections(stage).await? == connections,
        "peer connections were made anew"
    );
    let most = match weather.loss {
        // The call is up as long as something moves.
        Loss::Random(_) => 10_000.0,
        _ => 3_000.0,
    };
    Ok(vec![
        Figure::told("time, s", time.as_secs_f64()),
        Figure::most("longest gap, ms", look.gap_ms, most),
        Figure::told("frames/s", look.rate),
        Figure::told("sound concealed, %", concealed(before, after)),
    ])
}

async fn narrow(stage: &Stage, time: Duration) -> Result<Vec<Figure>> {
    let before = received(stage).await?;
    let look = stage.look(time).await?;
    let after = received(stage).await?;
    Ok(vec![
        Figure::least("frames/s", look.rate, 10.0),
        Figure::most("sound concealed, %", concealed(before, after), 2.0),
        Figure::told("longest gap, ms", look.gap_ms),
        Figure::told("received, kbit/s", rate(before, after, time)),
    ])
}

/// What one person has received.
#[derive(Debug, Clone, Copy, Default)]
struct Received {
    samples: f64,
    concealed: f64,
    bytes: f64,
}

async fn received(stage: &Stage) -> Result<[Received; 2]> {
    let mut all = [Received::default(); 2];
    for (person, received) in stage.people().into_iter().zip(&mut all) {
        let counts = person.browser().run(RECEIVED, vec![]).await?;
        let number = |name| counts.get(name).and_then(Value::as_f64).unwrap_or(0.0);
        *received = Received {
            samples: number("received"),
            concealed: number("concealed"),
            bytes: number("bytes"),
        };
    }
    Ok(all)
}

/// The part of sound that was made up, in percent, of who heard more of it.
fn concealed(before: [Received; 2], after: [Received; 2]) -> f64 {
    before
        .into_iter()
        .zip(after)
        .map(|(before, after)| {
            let samples = (after.samples - before.samples).max(1.0);
            100.0 * (after.concealed - before.concealed) / samples
        })
        .fold(0.0, f64::max)
}

/// kbit/s, of who received more.
fn rate(before: [Received; 2], after: [Received; 2], time: Duration) -> f64 {
    before
        .into_iter()
        .zip(after)
        .map(|(before, after)| (after.bytes - before.bytes) * 8e-3 / time.as_secs_f64())
        .fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_faults_exist() {
        for name in CHOSEN {
            assert!(all().iter().any(|fault| fault.name == name), "{name}");
        }
    }

    #[test]
    fn the_worse_sound_counts() {
        let received = |samples, concealed| Received {
            samples,
            concealed,
            bytes: samples,
        };
        let before = [received(1_000.0, 10.0), received(0.0, 0.0)];
        let after = [received(2_000.0, 40.0), received(1_000.0, 10.0)];
        assert_eq!(concealed(before, after), 3.0);
        assert_eq!(concealed(before, before), 0.0);
        assert_eq!(rate(before, after, Duration::from_secs(2)), 4.0);
    }

    #[test]
    fn limits() {
        assert!(Figure::most("x", 2.0, 2.0).holds() && !Figure::most("x", 2.1, 2.0).holds());
        assert!(Figure::least("x", 2.0, 2.0).holds() && !Figure::least("x", 1.9, 2.0).holds());
        assert!(Figure::told("x", 1e9).holds());
    }
}
