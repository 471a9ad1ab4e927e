//! A call while its server is killed and started again.

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::{Kind, Person, Server, Setup, eventually_within, moved_to, tools};
use serde_json::Value;

use crate::{Effort, stats::Samples};

/// A picture that stands still for longer has a gap: frames come every 33 ms, and two browsers
/// share the computer.
const GAP_MS: f64 = 500.0;
/// A connection that held so long counts as good, so that the next try is at once again.
const BETWEEN: Duration = Duration::from_millis(5_500);

/// What became of one round.
#[derive(Debug, Clone, Copy)]
struct Round {
    /// From the open port to both being who they were.
    back_ms: f64,
    /// The longest time without a new frame, of both.
    still_ms: f64,
    /// Rooms, roles and locks that are not as they were.
    lost: u32,
    /// Peer connections that were made in it.
    made: u64,
}

impl Round {
    fn line(&self) -> String {
        let Self {
            back_ms,
            still_ms,
            lost,
            made,
        } = self;
        format!("{back_ms} {still_ms} {lost} {made}\n")
    }

    fn read(line: &str) -> Option<Self> {
        let mut fields = line.split(' ');
        Some(Self {
            back_ms: fields.next()?.parse().ok()?,
            still_ms: fields.next()?.parse().ok()?,
            lost: fields.next()?.parse().ok()?,
            made: fields.next()?.parse().ok()?,
        })
    }
}

pub async fn run(effort: Effort) -> Result<String> {
    let usual = if effort.quick { 5 } else { 50 };
    let file = tools::evidence()?.join("survive.txt");
    let mut rounds = Vec::new();
    // So many more, in another call, than earlier runs have left there.
    if effort.rounds.is_some()
        && let Ok(earlier) = fs::read_to_string(&file)
    {
        rounds.extend(earlier.lines().filter_map(Round::read));
    }
    let calls = effort
        .rounds
        .map_or(1, |more| rounds.len() / more as usize + 1);
    play(effort.rounds.unwrap_or(usual), &mut rounds).await?;
    let lines: String = rounds.iter().map(Round::line).collect();
    fs::write(&file, lines)?;
    Ok(table(&rounds, calls))
}

async fn play(count: u32, rounds: &mut Vec<Round>) -> Result<()> {
    let server = &mut Server::start().await?;
    let origin = server.origin();
    let ada = Person::new("Ada", &Setup::new(Kind::Chromium)).await?;
    let bob = Person::new("Bob", &Setup::new(Kind::Firefox)).await?;
    ada.start_call(&origin).await?;
    ada.join_now().await?;
    let link = moved_to(&origin, &ada.invitation().await?)?;
    bob.join(&link).await?;
    ada.sees_and_hears("Bob").await?;
    bob.sees_and_hears("Ada").await?;
    ada.press_in("People", "Lock call").await?;
    let before = call(server).await?;
    ensure!(before.locked, "the call is locked");
    for person in [&ada, &bob] {
        person.watch_gaps().await?;
    }

    let mut made = made_by([&ada, &bob]).await?;
    for round in 0..count {
        tokio::time::sleep(BETWEEN).await;
        for person in [&ada, &bob] {
            person.seen_since().await?;
        }
        let away = Duration::from_millis(u64::from(round) % 10 * 300);
        let mut it = killed(server, [&ada, &bob], away, &before).await?;
        let now_made = made_by([&ada, &bob]).await?;
        it.made = now_made - made;
        made = now_made;
        eprintln!(
            "{round}: away {away:?}, back after {:.0} ms, still for {:.0} ms, {} lost",
            it.back_ms, it.still_ms, it.lost
        );
        rounds.push(it);
    }
    bob.quit().await?;
    ada.quit().await
}

async fn made_by(people: [&Person; 2]) -> Result<u64> {
    let mut made = 0;
    for person in people {
        made += person.connections_made().await?;
    }
    Ok(made)
}

fn table(rounds: &[Round], calls: usize) -> String {
    let (mut back, mut still) = (Samples::default(), Samples::default());
    for round in rounds {
        back.push(round.back_ms);
        still.push(round.still_ms);
    }
    let gaps = rounds.iter().filter(|it| it.still_ms > GAP_MS).count();
    let lost: u32 = rounds.iter().map(|it| it.lost).sum();
    let made: u64 = rounds.iter().map(|it| it.made).sum();
    let mut text = format!(
        "`cargo xtask bench survive`\n\nA direct call between Chromium and Firefox, locked by its \
         host. The server is killed (SIGKILL) and started again {} times (in {calls} of such \
         calls), after 0 to 2.7 s.\n\n| | |\n|---|---|\n",
        rounds.len()
    );
    let _ = writeln!(
        text,
        "| from the open port to both being who they were, ms: median (least … most) | {back} |"
    );
    let _ = writeln!(text, "| the same, 95 % | {:.0} |", back.percentile(95));
    let _ = writeln!(
        text,
        "| longest time without a new frame in a round, ms | {still} |"
    );
    let _ = writeln!(text, "| gaps in the media (over {GAP_MS} ms) | {gaps} |");
    let _ = writeln!(text, "| rooms, roles or locks lost | {lost} |");
    let _ = writeln!(text, "| peer connections made anew | {made} |");
    let _ = writeln!(text, "| pages loaded anew | 0 |");
    let _ = writeln!(
        text,
        "\nAt most 3,000 ms for 95 %; no gap, nothing lost, nothing loaded anew."
    );
    text
}

async fn killed(
    server: &mut Server,
    people: [&Person; 2],
    away: Duration,
    before: &Call,
) -> Result<Round> {
    server.kill();
    tokio::time::sleep(away).await;
    server.port_opens().await?;
    let open = Instant::now();
    let what = "both to be back";
    let after = eventually_within(Duration::from_secs(30), what, async || {
        let call = call(server).await?;
        Ok((call.connected == 2).then_some(call))
    })
    .await?;
    let back_ms = open.elapsed().as_secs_f64() * 1_000.0;
    let mut still_ms = 0.0_f64;
    for person in people {
        // An error if the page was loaded anew.
        still_ms = still_ms.max(person.seen_since().await?.longest_ms);
    }
    let lost = u32::from(after.room != before.room)
        + u32::from(after.people != before.people)
        + u32::from(after.locked != before.locked);
    Ok(Round {
        back_ms,
        still_ms,
        lost,
        made: 0,
    })
}

/// The one call that there is.
#[derive(Debug)]
struct Call {
    room: String,
    locked: bool,
    /// Ids and roles.
    people: Vec<String>,
    connected: usize,
}

async fn call(server: &Server) -> Result<Call> {
    let (_, body) = server.get("/state.json").await?;
    let state: Value = serde_json::from_str(&body)?;
    let rooms = state.get("rooms").and_then(Value::as_array);
    let room = rooms.and_then(|it| it.first()).context("a room")?;
    let people = room.get("participants").and_then(Value::as_array);
    let people = people.context("participants")?;
    let is_connected = |it: &&Value| it.get("connected") == Some(&Value::Bool(true));
    Ok(Call {
        room: room.get("label").context("a label")?.to_string(),
        locked: room.get("locked") == Some(&Value::Bool(true)),
        people: people
            .iter()
            .map(|it| format!("{:?} {:?}", it.get("id"), it.get("role")))
            .collect(),
        connected: people.iter().filter(is_connected).count(),
    })
}
