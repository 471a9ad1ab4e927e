use std::fs;

#[cfg(unix)]
use {
    crate::{
        support::{Process, serve},
        turn_client::PATIENCE,
    },
    futures_util::{SinkExt as _, StreamExt as _},
    protocol::{ClientMessage, ErrorCode, RoomSecret, ServerMessage, Ticket},
    std::time::Duration,
    tokio::{
        net::TcpStream,
        time::{sleep, timeout},
    },
    tokio_tungstenite::{
        WebSocketStream,
        tungstenite::{Message, client::IntoClientRequest as _},
    },
};

use crate::support::program;

/// The command makes a new key, with which the server refuses all older tickets.
#[test]
fn it_is_made_anew_by_command() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ticket.key");
    let mut keys = Vec::new();
    for _ in 0..2 {
        let output = program(&["rotate-tickets", "--data-dir"])
            .arg(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success());
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains("new ticket key"), "{said}");
        keys.push(fs::read(&path).unwrap());
    }
    assert_eq!(keys[0].len(), 32);
    assert_ne!(keys[0], keys[1]);
}

/// A running server takes the new key when it is told to reload. Whoever is in a call stays, and
/// comes back by the new ticket only.
#[cfg(unix)]
#[tokio::test]
async fn a_running_server_takes_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let log = folder.path().join("log");
    let mut command = serve(&data, &[]);
    let server = Process::spawn(command.stderr(fs::File::create(&log).unwrap()));
    let secret = RoomSecret::parse(&"A".repeat(43)).unwrap();
    let room = room::room_of(&secret).unwrap();
    let join = |secret: Option<&RoomSecret>, ticket: Option<&Ticket>| ClientMessage::Join {
        room: room.clone(),
        name: None,
        secret: secret.cloned(),
        ticket: ticket.cloned(),
        media: None,
        device: None,
        received: None,
        offer: None,
    };
    let mut host = connect(&server).await;
    say(&mut host, &join(Some(&secret), None)).await;
    let ServerMessage::Joined { ticket: old, .. } = hear(&mut host).await else {
        panic!("not joined");
    };

    let rotated = program(&["rotate-tickets", "--data-dir"])
        .arg(&data)
        .output()
        .unwrap();
    assert!(rotated.status.success());
    assert!(String::from_utf8_lossy(&rotated.stdout).contains("SIGHUP"));
    server.signal(rustix::process::Signal::HUP);
    let new = match hear(&mut host).await {
        ServerMessage::Ticket { ticket } => ticket,
        other => panic!("{other:?}"),
    };
    assert_ne!(new, old);
    let said = async {
        while !fs::read_to_string(&log)
            .unwrap()
            .contains("took the new ticket key")
        {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, said).await.expect("the log says so");

    drop(host);
    let mut again = connect(&server).await;
    say(&mut again, &join(None, Some(&old))).await;
    match hear(&mut again).await {
        ServerMessage::Error(error) => assert_eq!(error.code, ErrorCode::BadTicket),
        other => panic!("{other:?}"),
    }
    say(&mut again, &join(None, Some(&new))).await;
    match hear(&mut again).await {
        ServerMessage::Joined { resumed, .. } => assert!(resumed),
        other => panic!("{other:?}"),
    }
}

#[cfg(unix)]
type Socket = WebSocketStream<TcpStream>;

#[cfg(unix)]
async fn connect(server: &Process) -> Socket {
    let host = format!("localhost:{}", server.http.port());
    let mut request = format!("ws://{host}/ws")
        .into_client_request()
        .expect("a request");
    let headers = request.headers_mut();
    headers.insert(
        "origin",
        format!("http://{host}").parse().expect("a header"),
    );
    let protocol = protocol::SUBPROTOCOL.parse().expect("a header");
    headers.insert("sec-websocket-protocol", protocol);
    let stream = TcpStream::connect(server.http).await.expect("connected");
    let opened = tokio_tungstenite::client_async(request, stream).await;
    opened.expect("upgraded").0
}

#[cfg(unix)]
async fn say(socket: &mut Socket, message: &ClientMessage) {
    let text = serde_json::to_string(message).expect("a message");
    socket.send(Message::text(text)).await.expect("sent");
}

#[cfg(unix)]
async fn hear(socket: &mut Socket) -> ServerMessage {
    loop {
        let next = timeout(PATIENCE, socket.next()).await.expect("in time");
        if let Message::Text(text) = next.expect("open").expect("a message") {
            return serde_json::from_str(&text).expect("a message");
        }
    }
}
