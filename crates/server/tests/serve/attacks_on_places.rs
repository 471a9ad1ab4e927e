//! One address that joins and disconnects again and again does not use up the places of others.

use std::time::Duration;

use protocol::ClientMessage;
use tokio::time::{Instant, sleep};

use crate::{
    participant::{Participant, TOLD_ADDRESSES, as_host},
    support::Running,
};

const ATTACKER: &str = "203.0.113.7";
const OTHER: &str = "198.51.100.1";
/// How often the attacker joins. That is three times the rooms that this server takes, and the test
/// checks that the attacker is at least as fast as 167 joins a second.
const JOINS: u32 = 3_000;
const MAX_ROOMS: u64 = 1_000;
/// How many connections one address may have. As many places are held for it.
const PER_ADDRESS: u64 = 100;

fn start(more: &[&str]) -> Running {
    Running::start(&[&TOLD_ADDRESSES, more].concat())
}

/// Starts a call and closes the connection without a word.
async fn join_and_close(server: &Running, n: u32) {
    let mut participant = Participant::connect_from(server, ATTACKER).await;
    // Beyond its share the attacker is told that the server is busy.
    let _joined = participant.join(as_host(n)).await;
}

/// Checks that somebody at another address can start a call, and ends that call.
async fn others_call(server: &Running) {
    let mut other = Participant::connect_from(server, OTHER).await;
    let joined = other.join(as_host(1_000_000)).await;
    joined.expect("let in");
    other.say(&ClientMessage::Leave {}).await;
    other.settles().await;
}

#[tokio::test]
async fn rooms_that_one_address_leaves_behind_do_not_fill_the_server() {
    let server = start(&["--max-rooms", &MAX_ROOMS.to_string()]);
    let begun = Instant::now();
    for n in 0..JOINS {
        join_and_close(&server, n).await;
        if n % 100 == 0 {
            let rooms = server.metric("crabcall_rooms").await;
            assert!(rooms <= PER_ADDRESS, "{rooms} rooms after {n} joins");
            others_call(&server).await;
        }
    }
    let rate = f64::from(JOINS) / begun.elapsed().as_secs_f64();
    assert!(rate > 167.0, "only {rate} joins a second");
    // A room in which nobody else ever was ends after ten seconds.
    let closed = Instant::now();
    while server.metric("crabcall_rooms").await > 0 {
        assert!(closed.elapsed() < Duration::from_secs(15));
        sleep(Duration::from_millis(50)).await;
    }
    server.stop().await;
}

/// A small server is full for an address that holds all it may, and not for others.
#[tokio::test]
async fn a_server_that_takes_few_rooms_takes_those_of_other_addresses() {
    let more = ["--max-rooms", "6", "--max-connections-per-address", "5"];
    let server = start(&more);
    for n in 0..500 {
        join_and_close(&server, n).await;
        others_call(&server).await;
    }
    server.stop().await;
}
