//! A ticket of somebody who was removed, who left, or who came before the clock was set back opens
//! nothing.

use std::{
    fs,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use protocol::{ClientMessage, ErrorCode, ServerMessage, Ticket};
use room::TicketKey;
use tempfile::TempDir;

use crate::{
    participant::{
        Entered, Participant, TOLD_ADDRESSES, as_guest, as_guest_named, as_host, with_ticket,
    },
    support::Running,
};

const HOST: &str = "203.0.113.1";
const GUEST: &str = "203.0.113.2";
const OTHER: &str = "203.0.113.3";
const LOCK: ClientMessage = ClientMessage::Lock { locked: true };

fn options() -> Vec<&'static str> {
    [&TOLD_ADDRESSES[..], &["--max-participants", "3"]].concat()
}

async fn enter(
    server: &Running,
    from: &str,
    message: ClientMessage,
) -> Result<(Participant, Entered), ErrorCode> {
    let mut participant = Participant::connect_from(server, from).await;
    let entered = participant.join(message).await?;
    Ok((participant, entered))
}

async fn leave(mut participant: Participant) {
    participant.say(&ClientMessage::Leave {}).await;
    participant.settles().await;
}

/// Locks the room, and waits until that is done.
async fn lock(host: &mut Participant) {
    let locked = |it| matches!(it, ServerMessage::Locked { locked: true }).then_some(());
    host.ask(&LOCK, locked).await;
}

#[tokio::test]
async fn a_removed_guest_brings_no_ended_call_back() {
    let server = Running::start(&options());
    let (mut host, _) = enter(&server, HOST, as_host(1)).await.unwrap();
    let (_guest, removed) = enter(&server, GUEST, as_guest(1)).await.unwrap();
    let mary = as_guest_named(1, "Mary");
    let (other, left) = enter(&server, OTHER, mary).await.unwrap();
    let participant = removed.id.clone();
    host.say(&ClientMessage::Remove { participant }).await;
    lock(&mut host).await;
    leave(other).await;
    leave(host).await;
    assert_eq!(server.metric("crabcall_rooms").await, 0);

    for name in ["Ben", "Admin"] {
        for from in [GUEST, HOST, "198.51.100.1"] {
            for ticket in [&removed.ticket, &left.ticket] {
                let back = enter(&server, from, with_ticket(1, name, ticket)).await;
                assert_eq!(back.err(), Some(ErrorCode::BadTicket));
            }
            let back = enter(&server, from, as_guest_named(1, name)).await;
            assert_eq!(back.err(), Some(ErrorCode::Unavailable));
        }
    }
    assert_eq!(server.metric("crabcall_rooms").await, 0);
    let mut lobby = Participant::connect_from(&server, OTHER).await;
    assert_eq!(lobby.peek(1).await, Ok(Vec::new()));

    // The host comes back into an empty room, locked as it was, and can still let that person in.
    let (mut host, again) = enter(&server, HOST, as_host(1)).await.unwrap();
    assert!(again.locked && again.others.is_empty());
    let ServerMessage::KeptOut { participants } = host.hear().await else {
        panic!("nobody is kept out");
    };
    assert_eq!(participants[0].id, removed.id);
    let back = enter(&server, GUEST, with_ticket(1, "Ben", &removed.ticket)).await;
    assert_eq!(back.err(), Some(ErrorCode::BadTicket));
    assert_eq!(lobby.peek(1).await, Ok(Vec::new()));
    server.stop().await;
}

#[tokio::test]
async fn who_left_gets_neither_into_the_locked_room_nor_into_a_place_that_is_held() {
    let server = Running::start(&TOLD_ADDRESSES);
    let (mut host, _) = enter(&server, HOST, as_host(1)).await.unwrap();
    let (guest, left) = enter(&server, GUEST, as_guest(1)).await.unwrap();
    leave(guest).await;
    let mary = as_guest_named(1, "Mary");
    let (other, blips) = enter(&server, OTHER, mary).await.unwrap();
    lock(&mut host).await;
    drop(other);
    // From then on the server holds the place of the guest whose connection was lost.
    while !matches!(
        host.hear().await,
        ServerMessage::ParticipantConnection {
            connected: false,
            ..
        }
    ) {}
    for from in [GUEST, OTHER] {
        let back = enter(&server, from, with_ticket(1, "Ben", &left.ticket)).await;
        assert_eq!(back.err(), Some(ErrorCode::BadTicket));
    }
    let (_other, back) = enter(&server, OTHER, with_ticket(1, "Mary", &blips.ticket))
        .await
        .expect("the place was held");
    assert!(back.resumed && back.id == blips.id);
    server.stop().await;
}

/// A call with a guest, on a server that is then stopped: its data folder, and the guest's ticket.
async fn before() -> (TempDir, Ticket) {
    let server = Running::start(&options());
    let (host, _) = enter(&server, HOST, as_host(1)).await.unwrap();
    let (guest, entered) = enter(&server, GUEST, as_guest(1)).await.unwrap();
    drop((host, guest));
    (server.stop().await, entered.ticket)
}

fn key(folder: &TempDir) -> TicketKey {
    let bytes = fs::read(folder.path().join("ticket.key")).unwrap();
    TicketKey::new(bytes.as_slice().try_into().unwrap())
}

/// Checks that a running call goes on, and that this ticket neither enters nor replaces it.
async fn is_refused(folder: TempDir, ticket: &Ticket) -> TempDir {
    let server = Running::start_again(folder, &options());
    let back = enter(&server, GUEST, with_ticket(1, "Ben", ticket)).await;
    assert_eq!(back.err(), Some(ErrorCode::BadTicket), "it makes a room");
    let (mut host, _) = enter(&server, HOST, as_host(1)).await.unwrap();
    let (mut other, _) = enter(&server, OTHER, as_guest(1)).await.unwrap();
    let back = enter(&server, GUEST, with_ticket(1, "Ben", ticket)).await;
    assert_eq!(back.err(), Some(ErrorCode::BadTicket), "it enters the call");
    host.settles().await;
    other.settles().await;
    let media = protocol::Media {
        camera: true,
        ..protocol::Media::default()
    };
    host.say(&ClientMessage::Media { media }).await;
    assert!(matches!(other.hear().await, ServerMessage::Media { .. }));
    server.stop().await
}

/// If the clock was set back by more than an hour, the server makes a new key.
#[tokio::test]
async fn a_clock_that_was_set_back_by_a_day_makes_older_tickets_void() {
    let (folder, ticket) = before().await;
    // The server notes the time as that of this file. Its clock was a day ahead.
    let tomorrow = SystemTime::now() + Duration::from_secs(86_400);
    let file = fs::File::options()
        .append(true)
        .open(folder.path().join("ticket.key"));
    file.unwrap().set_modified(tomorrow).unwrap();
    is_refused(folder, &ticket).await;
}

/// If the clock was set back by less, the key stays, and the server judges each ticket.
#[tokio::test]
async fn a_ticket_of_a_call_that_begins_later_than_now_replaces_no_call() {
    let (folder, ticket) = before().await;
    let key = key(&folder);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mut claims = key.verify(&ticket, now.as_secs()).unwrap();
    // The ticket that this server would have given, had its clock been half an hour ahead.
    let ahead = 30 * 60;
    claims.issued += ahead;
    claims.expires += ahead;
    claims.arrived += ahead * 1_000;
    claims.call.opened += ahead * 1_000;
    let ticket = key.issue(&claims).unwrap();
    is_refused(folder, &ticket).await;
}

#[tokio::test]
async fn after_a_restart_no_old_ticket_enters_what_the_host_has_locked() {
    let (folder, ticket) = before().await;
    let server = Running::start_again(folder, &options());
    let (mut host, _) = enter(&server, HOST, as_host(1)).await.unwrap();
    lock(&mut host).await;
    let back = enter(&server, GUEST, with_ticket(1, "Ben", &ticket)).await;
    assert_eq!(back.err(), Some(ErrorCode::BadTicket));
    server.stop().await;
}
