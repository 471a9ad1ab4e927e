//! Call codes are not guessed, lobbies are not used up, and nobody has a name that cannot be seen.

use protocol::{CallCode, ClientMessage, Error, ErrorCode, ServerMessage};
use tokio::{net::TcpStream, time::Instant};

use crate::{
    participant::{Participant, TOLD_ADDRESSES, as_guest_named, as_host},
    support::{Running, ask, request},
};

/// How many wrong codes one address may try in a minute, the network of one provider, and everybody
/// together.
const TRIES: usize = 10;
const TRIES_OF_A_PROVIDER: usize = 160;
const TRIES_IN_ALL: usize = 600;

fn start() -> Running {
    Running::start(&TOLD_ADDRESSES)
}

/// A host who stays in a call, its code, and another code.
async fn call(server: &Running) -> (Participant, CallCode, CallCode) {
    let mut host = Participant::connect_from(server, "203.0.113.1").await;
    host.join(as_host(1)).await.expect("let in");
    let right = host
        .ask(&ClientMessage::Code {}, |answer| match answer {
            ServerMessage::Code { code, .. } => Some(code),
            _ => None,
        })
        .await;
    let digits: u32 = right.as_str().parse().unwrap();
    let wrong = format!("{:08}", (digits + 1) % 100_000_000);
    (host, right, CallCode::parse(&wrong).unwrap())
}

/// What is answered to a code; nothing if it is right.
async fn find(from: &mut Participant, code: &CallCode) -> Option<ErrorCode> {
    let code = code.clone();
    from.ask(&ClientMessage::Find { code }, |answer| match answer {
        ServerMessage::Found { .. } => Some(None),
        ServerMessage::Error(Error { code, .. }) => Some(Some(code)),
        _ => None,
    })
    .await
}

/// Tries wrong codes from each of these addresses until it is stopped there. Returns how many were
/// tried.
async fn guess(
    server: &Running,
    wrong: &CallCode,
    addresses: impl Iterator<Item = String>,
) -> usize {
    let mut guesses = 0;
    for address in addresses {
        let mut guesser = Participant::connect_from(server, &address).await;
        while find(&mut guesser, wrong).await == Some(ErrorCode::Unavailable) {
            guesses += 1;
        }
    }
    guesses
}

#[tokio::test]
async fn the_holder_of_a_provider_s_network_guesses_no_faster_by_its_many_parts() {
    let server = start();
    let (_host, right, wrong) = call(&server).await;
    let begun = Instant::now();
    let parts = (0..100).map(|n| format!("2001:db8:{n:x}::1"));
    let guesses = guess(&server, &wrong, parts).await;
    // Those that come back while this goes on.
    let more = begun.elapsed().as_secs_f64() * TRIES_OF_A_PROVIDER as f64 / 60.0;
    let most = TRIES_OF_A_PROVIDER + more as usize + 1;
    assert!(guesses <= most, "{guesses} guesses, {most} at most");
    assert!(guesses >= TRIES_OF_A_PROVIDER, "{guesses} guesses");
    let mut inside = Participant::connect_from(&server, "2001:db8:ffff::1").await;
    let told = find(&mut inside, &right).await;
    assert_eq!(told, Some(ErrorCode::TooManyMessages));
    // Everybody else types the code as ever.
    let mut outside = Participant::connect_from(&server, "2001:db9::1").await;
    assert_eq!(find(&mut outside, &right).await, None);
    server.stop().await;
}

#[tokio::test]
async fn when_codes_are_guessed_from_everywhere_each_address_has_one_try() {
    let server = start();
    let (_host, right, wrong) = call(&server).await;
    let begun = Instant::now();
    let addresses = 100;
    // Each in a network of its own.
    let everywhere = (0..addresses).map(|n| format!("11.{n}.0.1"));
    let guesses = guess(&server, &wrong, everywhere).await;
    let more = begun.elapsed().as_secs_f64() * TRIES_IN_ALL as f64 / 60.0;
    // The first addresses have ten tries each until the server notices the flood. Every later
    // address has one try.
    let noticed = TRIES_IN_ALL + more as usize + TRIES;
    let most = noticed + (addresses - TRIES_IN_ALL / TRIES) + 1;
    assert!(guesses <= most, "{guesses} guesses, {most} at most");
    let mut guesser = Participant::connect_from(&server, "11.99.0.1").await;
    let told = find(&mut guesser, &right).await;
    assert_eq!(told, Some(ErrorCode::TooManyMessages));
    let mut other = Participant::connect_from(&server, "198.51.100.1").await;
    assert_eq!(find(&mut other, &right).await, None);
    server.stop().await;
}

#[tokio::test]
async fn a_hundred_lobbies_of_one_address_keep_nobody_else_from_looking_in() {
    let server = start();
    let (_host, ..) = call(&server).await;
    let mut greedy = Vec::new();
    for _ in 0..100 {
        let mut lobby = Participant::connect_from(&server, "203.0.113.7").await;
        assert_eq!(lobby.peek(1).await, Ok(vec!["Ada".to_owned()]));
        greedy.push(lobby);
    }
    let mut others = Vec::new();
    for n in 0..20 {
        let address = format!("198.51.100.{n}");
        let mut other = Participant::connect_from(&server, &address).await;
        assert_eq!(other.peek(1).await, Ok(vec!["Ada".to_owned()]));
        others.push(other);
    }
    server.stop().await;
}

#[tokio::test]
async fn refused_requests_of_the_fallback_leave_no_session_behind() {
    let server = start();
    for (header, status) in [
        ("Crabcall-Received: 7", 404),
        ("Crabcall-Received: x", 400),
        ("Crabcall-Received: 0\r\nOrigin: http://evil.example", 403),
    ] {
        for _ in 0..200 {
            let origin = format!("Origin: http://localhost:{}", server.http().port());
            let mut headers = vec![
                "Crabcall-Protocol: crabcall.v1",
                "Content-Length: 0",
                header,
            ];
            if !header.contains("Origin") {
                headers.push(&origin);
            }
            let host = format!("localhost:{}", server.http().port());
            let refused = request("POST", "/events", &host, &headers);
            let stream = TcpStream::connect(server.http()).await.unwrap();
            assert_eq!(ask(stream, &refused).await.status, status, "{header}");
        }
    }
    assert_eq!(server.metric("crabcall_fallback_sessions").await, 0);
    assert_eq!(server.metric("crabcall_connections").await, 0);
    server.stop().await;
}

#[tokio::test]
async fn a_name_that_cannot_be_seen_is_none() {
    let server = start();
    let (mut host, ..) = call(&server).await;
    for (said, shown) in [
        ("\u{2800}\u{2800}".to_owned(), String::new()),
        (
            format!("a{}", "\u{301}".repeat(64)),
            format!("a{}", "\u{301}".repeat(4)),
        ),
    ] {
        let mut guest = Participant::connect_from(&server, "198.51.100.1").await;
        // As a client says it that cleans nothing.
        let mut message = serde_json::to_value(as_guest_named(1, "")).unwrap();
        message["name"] = said.into();
        guest.say_text(&message.to_string()).await;
        let ServerMessage::ParticipantJoined { participant } = host.hear().await else {
            panic!("nobody joined");
        };
        assert_eq!(participant.name.as_str(), shown);
        guest.say(&ClientMessage::Leave {}).await;
        let gone = host.hear().await;
        assert!(matches!(gone, ServerMessage::ParticipantLeft { .. }));
        // The ticket that says who has left.
        let _ticket = host.hear().await;
    }
    server.stop().await;
}
