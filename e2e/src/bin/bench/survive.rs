//! A call while its server is killed and started again.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::{Kind, Person, Server, Setup, eventually_within, moved_to};
use serde_json::Value;

use crate::{Effort, stats::Samples};

/// A picture that stands still for longer has a gap: frames come every 33 ms, and two browsers
/// share the computer.
const GAP_MS: f64 = 500.0;
/// A connection that held so long counts as good, so that the next try is at once again.
const BETWEEN: Duration = Duration::from_millis(5_500);

/// What became of one round.
struct Round {
    /// From the open port to both being who they were.
    back_ms: f64,
    /// The longest time without a new frame, of both.
    still_ms: f64,
    /// Rooms, roles and locks that are not as they were.
    lost: u32,
}

pub async fn run(effort: Effort) -> Result<String> {
    let rounds: u32 = if effort.quick { 5 } else { 50 };
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

    let (mut back, mut still) = (Samples::default(), Samples::default());
    let (mut gaps, mut lost) = (0_u32, 0_u32);
    for round in 0..rounds {
        tokio::time::sleep(BETWEEN).await;
        for person in [&ada, &bob] {
            person.seen_since().await?;
        }
        let away = Duration::from_millis(u64::from(round) % 10 * 300);
        let it = killed(server, [&ada, &bob], away, &before).await?;
        eprintln!(
            "{round}: away {away:?}, back after {:.0} ms, still for {:.0} ms, {} lost",
            it.back_ms, it.still_ms, it.lost
        );
        back.push(it.back_ms);
        still.push(it.still_ms);
        gaps += u32::from(it.still_ms > GAP_MS);
        lost += it.lost;
    }
    let mut made = 0;
    for person in [&ada, &bob] {
        made += person.connections_made().await?;
    }
    bob.quit().await?;
    ada.quit().await?;

    let mut text = format!(
        "`cargo xtask bench survive`\n\nA direct call between Chromium and Firefox, locked by its \
         host. The server is killed (SIGKILL) and started again {rounds} times, after 0 to 2.7 s.\n\n\
         | | |\n|---|---|\n"
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
    let _ = writeln!(text, "| peer connections made anew | {} |", made - 2);
    let _ = writeln!(text, "| pages loaded anew | 0 |");
    let _ = writeln!(
        text,
        "\nAt most 3,000 ms for 95 %; no gap, nothing lost, nothing loaded anew."
    );
    Ok(text)
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
