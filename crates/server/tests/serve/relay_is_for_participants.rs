//! Who may use the relay, what for, and until when.

use std::{collections::BTreeSet, net::Ipv4Addr, time::Duration};

use protocol::{ClientMessage, IceServer, ParticipantId, ServerMessage};
use tokio::{net::UdpSocket, task::JoinSet, time::Instant};

use crate::{
    participant::{Participant, as_guest, as_host, room},
    support::Running,
    turn_client::{Got, SUCCESS, Turn, credentials, echo},
};

/// Joins room 1. Returns who it is, and its credentials for the relay.
async fn join(
    participant: &mut Participant,
    message: ClientMessage,
) -> (ParticipantId, (String, String)) {
    let joined = participant.join(message).await.expect("let in");
    let user = relay_of(&joined.ice_servers).expect("a relay");
    (joined.id, user)
}

fn relay_of(servers: &[IceServer]) -> Option<(String, String)> {
    servers
        .iter()
        .find_map(|it| Some((it.username.clone()?, it.credential.clone()?)))
}

/// Whether the allocation is gone within a second.
async fn ends_at_once(turn: &mut Turn) -> bool {
    let began = Instant::now();
    while turn.refresh().await == SUCCESS {
        if began.elapsed() > Duration::from_secs(1) {
            return false;
        }
    }
    began.elapsed() <= Duration::from_secs(1)
}

#[tokio::test]
async fn who_leaves_or_is_removed_is_cut_off_within_a_second() {
    let server = Running::start(&[]);
    let relay = server.site.relay.udp()[0];
    let mut host = Participant::connect(&server).await;
    let (_, hosts) = join(&mut host, as_host(1)).await;
    let mut hosts_turn = Turn::udp(relay, &hosts).await;
    hosts_turn.relayed().await;

    let mut guest = Participant::connect(&server).await;
    let (participant, guests) = join(&mut guest, as_guest(1)).await;
    let mut guests_turn = Turn::tcp(server.http(), &guests).await;
    guests_turn.relayed().await;
    assert_eq!(guests_turn.refresh().await, SUCCESS);
    host.say(&ClientMessage::Remove { participant }).await;
    assert!(ends_at_once(&mut guests_turn).await);
    let mut again = Turn::udp(relay, &guests).await;
    assert!(matches!(
        again.allocate().await,
        Got::Response(Some(401), ..)
    ));

    assert_eq!(hosts_turn.refresh().await, SUCCESS, "the others go on");
    host.say(&ClientMessage::Leave {}).await;
    assert!(ends_at_once(&mut hosts_turn).await);
    server.stop().await;
}

/// Watches a room from its lobby until the server stops. Returns how many different users of the
/// relay it was in that time.
async fn watch(mut lobby: Participant) -> usize {
    lobby.say(&ClientMessage::Peek { room: room(1) }).await;
    let mut users = BTreeSet::new();
    loop {
        match lobby.hear().await {
            ServerMessage::Lobby { ice_servers, .. } => users.extend(relay_of(&ice_servers)),
            ServerMessage::Stopping { .. } => return users.len(),
            other => panic!("{other:?} in a lobby"),
        }
    }
}

#[tokio::test]
async fn no_number_of_revocations_ends_a_relayed_call() {
    let server = Running::start(&["--relay-allow", "127.0.0.0/8"]);
    let mut host = Participant::connect(&server).await;
    join(&mut host, as_host(1)).await;
    let mut guest = Participant::connect(&server).await;
    let (_, user) = join(&mut guest, as_guest(1)).await;
    let mut turn = Turn::udp(server.site.relay.udp()[0], &user).await;
    let peer = echo().await;
    turn.relayed().await;
    assert_eq!(turn.bind(0x4000, peer).await, SUCCESS);

    let mut lobbies = JoinSet::new();
    for _ in 0..90 {
        lobbies.spawn(watch(Participant::connect(&server).await));
    }
    // Each time that the host locks the call, everybody in a lobby loses the relay.
    for message in 0..230 {
        let locked = message % 2 == 0;
        host.say(&ClientMessage::Lock { locked }).await;
        // The burst of 120 messages is nearly used up: the others keep to 60 a second.
        if message >= 115 {
            tokio::time::sleep(Duration::from_millis(17)).await;
        }
        if message % 10 == 0 {
            turn.say(0x4000, b"still here").await;
            for _ in 0..2 {
                let got = turn.next().await;
                assert_eq!(got, Some(Got::Channel(0x4000, b"still here".to_vec())));
            }
        }
    }
    // As many people as in a whole day come and go within a moment.
    for number in 0..30_000 {
        let user = number.to_string();
        let address = Ipv4Addr::from_bits(0x0900_0000 + number).into();
        server.site.relay.grant(&user, address);
        server.site.relay.revoke(&user);
    }
    assert_eq!(turn.refresh().await, SUCCESS);
    assert_eq!(turn.permit(peer).await, SUCCESS);
    turn.say(0x4000, b"to the end").await;
    let got = turn.next().await;
    assert_eq!(got, Some(Got::Channel(0x4000, b"to the end".to_vec())));
    // None of this keeps newcomers out.
    let mut newcomer = Turn::tcp(server.http(), &credentials(&server, "newcomer")).await;
    newcomer.relayed().await;

    server.stop().await;
    let users: usize = lobbies.join_all().await.into_iter().sum();
    assert!(users > 10_000, "{users} users of the relay");
}

#[tokio::test]
async fn the_servers_are_named_as_the_page_was_asked_for() {
    let server = Running::start(&[]);
    let mut lobby = Participant::connect(&server).await;
    lobby.say(&ClientMessage::Peek { room: room(1) }).await;
    let ServerMessage::Lobby { ice_servers, .. } = lobby.hear().await else {
        panic!("no lobby");
    };
    let udp = server.site.relay.udp()[0].port();
    assert_eq!(ice_servers[0].urls, [format!("stun:localhost:{udp}")]);
    assert_eq!(relay_of(&ice_servers), None, "nobody is there");
    let mut host = Participant::connect(&server).await;
    join(&mut host, as_host(1)).await;
    let ServerMessage::Lobby { ice_servers, .. } = lobby.hear().await else {
        panic!("no lobby");
    };
    let tcp = server.http().port();
    assert_eq!(
        ice_servers[1].urls,
        [
            format!("turn:localhost:{udp}?transport=udp"),
            format!("turn:localhost:{tcp}?transport=tcp")
        ]
    );
    let user = relay_of(&ice_servers).expect("somebody is there");
    Turn::udp(server.site.relay.udp()[0], &user)
        .await
        .relayed()
        .await;
    server.stop().await;
}

#[tokio::test]
async fn two_clients_reach_each_other_where_every_address_is_private() {
    let server = Running::start(&[]);
    let relay = server.site.relay.udp()[0];
    let mut ada = Turn::udp(relay, &credentials(&server, "ada")).await;
    let mut ben = Turn::tls(&server, &credentials(&server, "ben")).await;
    let (a, b) = (ada.relayed().await, ben.relayed().await);
    assert!(a.ip().is_loopback() && b.ip().is_loopback());
    assert_eq!(ada.bind(0x4000, b).await, SUCCESS);
    assert_eq!(ben.bind(0x4000, a).await, SUCCESS);
    for data in [vec![1; 1_200], vec![2; 33]] {
        ada.say(0x4000, &data).await;
        assert_eq!(ben.next().await, Some(Got::Channel(0x4000, data.clone())));
        ben.say(0x4000, &data).await;
        assert_eq!(ada.next().await, Some(Got::Channel(0x4000, data)));
    }
    server.stop().await;
}

#[tokio::test]
async fn nothing_else_of_this_computer_is_reached() {
    let server = Running::start(&[]);
    let canary = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = canary.local_addr().unwrap();
    let mut turn = Turn::udp(server.site.relay.udp()[0], &credentials(&server, "eve")).await;
    turn.relayed().await;
    for answer in [turn.bind(0x4000, address).await, turn.permit(address).await] {
        assert!(matches!(answer, Got::Response(Some(403), ..)), "{answer:?}");
    }
    turn.say(0x4000, b"hello").await;
    turn.send(&turn::client::send_indication([1; 12], address, b"hello"))
        .await;
    // Answered after those were dealt with.
    assert_eq!(turn.refresh().await, SUCCESS);
    let mut buffer = [0; 64];
    assert!(canary.try_recv(&mut buffer).is_err());
    server.stop().await;
}

#[tokio::test]
async fn a_participant_has_its_share_and_the_others_have_theirs() {
    let server = Running::start(&["--relay-allocations-per-participant", "3"]);
    let relay = server.site.relay.udp()[0];
    let eve = credentials(&server, "eve");
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut turn = Turn::udp(relay, &eve).await;
        turn.relayed().await;
        held.push(turn);
    }
    let mut fourth = Turn::udp(relay, &eve).await;
    assert!(matches!(
        fourth.allocate().await,
        Got::Response(Some(486), ..)
    ));
    let mut other = Turn::udp(relay, &credentials(&server, "ada")).await;
    other.relayed().await;
    server.stop().await;
}

#[tokio::test]
async fn credentials_that_expired_or_were_changed_are_refused() {
    let server = Running::start(&[]);
    let relay = server.site.relay.udp()[0];
    let (username, password) = credentials(&server, "ada");
    let expired = "1790000000:ada".to_owned();
    let of_expired = room::RelayKey::new(&server.site.relay.key()).password(&expired);
    for wrong in [
        (expired, of_expired),
        (username.clone(), password.to_lowercase()),
        (username.replace("ada", "eve"), password),
    ] {
        let answer = Turn::udp(relay, &wrong).await.allocate().await;
        assert!(matches!(answer, Got::Response(Some(401), ..)), "{answer:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_flood_of_strangers_does_not_stop_a_call() {
    let server = Running::start(&["--relay-allow", "127.0.0.0/8"]);
    let relay = server.site.relay.udp()[0];
    let mut turn = Turn::udp(relay, &credentials(&server, "ada")).await;
    let peer = echo().await;
    turn.relayed().await;
    assert_eq!(turn.bind(0x4000, peer).await, SUCCESS);
    let stranger = UdpSocket::bind("127.0.0.3:0").await.unwrap();
    let request = turn::client::Session::new("a", "b").allocate([3; 12], None);
    let mut arrived = 0;
    for round in 0..200_u8 {
        for _ in 0..20 {
            stranger.send_to(&request, relay).await.unwrap();
        }
        turn.say(0x4000, &[round; 400]).await;
        for _ in 0..2 {
            arrived += usize::from(matches!(turn.next().await, Some(Got::Channel(..))));
        }
    }
    assert_eq!(arrived, 400);
    // What strangers are told is at most what they said.
    let mut told = 0;
    let mut buffer = [0; 2_048];
    while let Ok(length) = stranger.try_recv(&mut buffer) {
        told += length;
    }
    assert!(told <= 4_000 * request.len(), "{told} bytes");
    server.stop().await;
}

#[tokio::test]
async fn a_stream_that_is_no_turn_is_closed() {
    let server = Running::start(&[]);
    let mut turn = Turn::tcp(server.http(), &credentials(&server, "ada")).await;
    assert!(matches!(
        turn.binding().await,
        Got::Response(None, None, Some(_))
    ));
    turn.send(&[0xff; 64]).await;
    assert_eq!(turn.next().await, None);
    server.stop().await;
}
