//! Somebody who speaks the protocol to the running program over a WebSocket.

use std::net::SocketAddr;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{
    ClientMessage, Error, ErrorCode, IceServer, Name, Participant as About, ParticipantId, RoomId,
    RoomSecret, ServerMessage, Ticket,
};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use crate::{
    support::{Running, announced},
    turn_client::PATIENCE,
};

/// The options of a server that is told where people are by the PROXY protocol, and tells the test
/// its metrics.
pub const TOLD_ADDRESSES: [&str; 4] = [
    "--trusted-proxy",
    "127.0.0.1",
    "--metrics-from",
    "127.0.0.1",
];

/// A connection, and whoever is at its other end.
pub struct Participant(WebSocketStream<TcpStream>);

/// What somebody hears who is let in.
#[derive(Debug)]
pub struct Entered {
    pub id: ParticipantId,
    pub resumed: bool,
    pub others: Vec<About>,
    pub locked: bool,
    pub ticket: Ticket,
    pub ice_servers: Vec<IceServer>,
}

impl Participant {
    pub async fn connect(server: &Running) -> Self {
        Self::connect_as(server, &origin(server), &[]).await
    }

    /// With more headers, as a proxy adds them.
    pub async fn connect_as(server: &Running, origin: &str, more: &[(&'static str, &str)]) -> Self {
        let stream = TcpStream::connect(server.http()).await.expect("connected");
        Self::over(stream, server, origin, more).await
    }

    /// From this address, as a trusted proxy names it. The server has to trust 127.0.0.1.
    pub async fn connect_from(server: &Running, address: &str) -> Self {
        let address = SocketAddr::new(address.parse().expect("an address"), 40_000);
        let stream = announced(server.http(), &address.to_string()).await;
        Self::over(stream.expect("connected"), server, &origin(server), &[]).await
    }

    async fn over(
        stream: TcpStream,
        server: &Running,
        origin: &str,
        more: &[(&'static str, &str)],
    ) -> Self {
        let mut request = format!("ws://localhost:{}/ws", server.http().port())
            .into_client_request()
            .expect("a request");
        let headers = request.headers_mut();
        headers.insert("origin", origin.parse().expect("a header"));
        let protocol = protocol::SUBPROTOCOL.parse().expect("a header");
        headers.insert("sec-websocket-protocol", protocol);
        for (name, value) in more {
            headers.insert(*name, value.parse().expect("a header"));
        }
        stream.set_nodelay(true).expect("a socket");
        let (socket, _) = tokio_tungstenite::client_async(request, stream)
            .await
            .expect("upgraded");
        Self(socket)
    }

    pub async fn say(&mut self, message: &ClientMessage) {
        let text = serde_json::to_string(message).expect("a message");
        self.say_text(&text).await;
    }

    pub async fn say_text(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.expect("sent");
    }

    pub async fn hear(&mut self) -> ServerMessage {
        loop {
            let next = timeout(PATIENCE, self.0.next()).await.expect("in time");
            if let Message::Text(text) = next.expect("open").expect("a message") {
                return serde_json::from_str(&text).expect("a message");
            }
        }
    }

    /// Says something and waits for the first answer of the kind that `read` takes. Everything else
    /// that is said before is passed over.
    pub async fn ask<T>(
        &mut self,
        message: &ClientMessage,
        read: impl Fn(ServerMessage) -> Option<T>,
    ) -> T {
        self.say(message).await;
        loop {
            if let Some(answer) = read(self.hear().await) {
                return answer;
            }
        }
    }

    /// Waits until the server has dealt with everything that was said before.
    pub async fn settles(&mut self) {
        let ping = ClientMessage::Ping { id: 4_711 };
        self.ask(&ping, |it| {
            matches!(it, ServerMessage::Pong { id: 4_711 }).then_some(())
        })
        .await;
    }

    /// Joins, or is told why not.
    pub async fn join(&mut self, message: ClientMessage) -> Result<Entered, ErrorCode> {
        self.ask(&message, |answer| match answer {
            ServerMessage::Joined {
                participant,
                resumed,
                participants,
                locked,
                ticket,
                ice_servers,
                ..
            } => Some(Ok(Entered {
                id: participant,
                resumed,
                others: participants,
                locked,
                ticket,
                ice_servers,
            })),
            ServerMessage::Error(error) => Some(Err(error.code)),
            _ => None,
        })
        .await
    }

    /// Starts a call. Returns the servers that it is told of.
    pub async fn servers(&mut self) -> Vec<IceServer> {
        self.join(as_host(1)).await.expect("let in").ice_servers
    }

    /// The names that a lobby shows of room `n`.
    pub async fn peek(&mut self, n: u32) -> Result<Vec<String>, ErrorCode> {
        self.ask(
            &ClientMessage::Peek { room: room(n) },
            |answer| match answer {
                ServerMessage::Lobby { names, .. } => {
                    let names = names.iter().map(|name| name.as_str().to_owned());
                    Some(Ok(names.collect()))
                }
                ServerMessage::Error(Error { code, .. }) => Some(Err(code)),
                _ => None,
            },
        )
        .await
    }
}

fn origin(server: &Running) -> String {
    format!("http://localhost:{}", server.http().port())
}

fn secret(n: u32) -> RoomSecret {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&n.to_be_bytes());
    RoomSecret::parse(&URL_SAFE_NO_PAD.encode(bytes)).expect("a secret")
}

pub fn room(n: u32) -> RoomId {
    room::room_of(&secret(n)).expect("its room")
}

fn join(n: u32, name: &str, secret: Option<RoomSecret>, ticket: Option<Ticket>) -> ClientMessage {
    ClientMessage::Join {
        room: room(n),
        name: Some(Name::clean(name)),
        secret,
        ticket,
        received: None,
        offer: None,
        device: None,
        media: None,
    }
}

pub fn as_host(n: u32) -> ClientMessage {
    join(n, "Ada", Some(secret(n)), None)
}

pub fn as_guest(n: u32) -> ClientMessage {
    as_guest_named(n, "Ben")
}

pub fn as_guest_named(n: u32, name: &str) -> ClientMessage {
    join(n, name, None, None)
}

pub fn with_ticket(n: u32, name: &str, ticket: &Ticket) -> ClientMessage {
    join(n, name, None, Some(ticket.clone()))
}
