//! A server on a real socket, and clients of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::serve::ListenerExt;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use crabcall::signalling::{ClientAddress, ExpectedOrigin, IceServers, Options, Signalling};
use futures_util::{SinkExt, StreamExt};
use protocol::{
    ClientMessage, ErrorCode, Media, Name, Participant, ParticipantId, RoomId, RoomSecret,
    SUBPROTOCOL, Sdp, ServerMessage, Ticket,
};
use room::IceUrls;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::HeaderValue;

/// Nothing here takes this long, unless it hangs.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub struct Server {
    pub address: SocketAddr,
    pub signalling: Signalling,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

pub fn options() -> Options {
    let mut options = Options::new([5; 32]);
    options.limits.max_connections_per_address = 10_000;
    options
}

pub async fn serve(options: Options) -> Server {
    serve_with(options, IceUrls::default()).await
}

/// A server that tells its clients of STUN and TURN at these addresses.
pub async fn serve_with(options: Options, ice: IceUrls) -> Server {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let signalling = Signalling::start(options, [6; 32]);
    let routes = signalling
        .routes()
        .layer(Extension(IceServers(Arc::new(ice))))
        .layer(Extension(ClientAddress(address.ip())))
        .layer(Extension(ExpectedOrigin(format!("http://{address}"))));
    let listener = listener.tap_io(|socket| socket.set_nodelay(true).unwrap());
    let serving = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    Server {
        address,
        signalling,
        serving,
    }
}

impl Server {
    /// An upgrade request as a page of this server makes it.
    pub fn request(&self) -> Request {
        let mut request = format!("ws://{}/ws", self.address)
            .into_client_request()
            .unwrap();
        let headers = request.headers_mut();
        let origin = format!("http://{}", self.address);
        headers.insert("origin", HeaderValue::from_str(&origin).unwrap());
        headers.insert(
            "sec-websocket-protocol",
            HeaderValue::from_static(SUBPROTOCOL),
        );
        request
    }

    pub async fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.address).await.unwrap();
        self.connect_over(stream).await
    }

    /// A client whose receive buffer is small, so that it stalls soon when it does not read.
    pub async fn connect_with_small_buffer(&self) -> Client {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        let stream = socket.connect(self.address).await.unwrap();
        self.connect_over(stream).await
    }

    async fn connect_over(&self, stream: TcpStream) -> Client {
        stream.set_nodelay(true).unwrap();
        let connecting = tokio_tungstenite::client_async(self.request(), stream);
        let (socket, response) = connecting.await.unwrap();
        assert_eq!(response.headers()["sec-websocket-protocol"], SUBPROTOCOL);
        Client { socket }
    }

    pub async fn host(&self, n: u8) -> Joined {
        self.connect().await.join(as_host(n)).await
    }

    pub async fn guest(&self, n: u8) -> Joined {
        self.connect().await.join(as_guest(n)).await
    }

    /// A host and a guest who know of each other.
    pub async fn pair(&self, n: u8) -> (Joined, Joined) {
        let mut host = self.host(n).await;
        let guest = self.guest(n).await;
        let told = host.client.hear().await;
        assert!(
            matches!(told, ServerMessage::ParticipantJoined { .. }),
            "{told:?}"
        );
        (host, guest)
    }

    /// Waits until `condition` holds for the server's counters.
    pub async fn until(&self, what: &str, condition: impl Fn(&Signalling) -> bool) {
        let waiting = async {
            while !condition(&self.signalling) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(waited.is_ok(), "{what}: {:?}", self.signalling.counters());
    }
}

pub struct Client {
    pub socket: WebSocketStream<TcpStream>,
}

pub struct Joined {
    pub client: Client,
    pub id: ParticipantId,
    pub resumed: bool,
    pub others: Vec<Participant>,
    pub ticket: Ticket,
}

impl Client {
    pub async fn say(&mut self, message: ClientMessage) {
        self.say_text(&serde_json::to_string(&message).unwrap())
            .await;
    }

    pub async fn say_text(&mut self, text: &str) {
        self.send(Message::text(text)).await;
    }

    /// Says all of it in one write.
    pub async fn say_all(&mut self, texts: &[&str]) {
        for text in texts {
            self.socket.feed(Message::text(*text)).await.unwrap();
        }
        self.socket.flush().await.unwrap();
    }

    pub async fn send(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// The next thing the server says.
    pub async fn hear(&mut self) -> ServerMessage {
        serde_json::from_str(&self.hear_text().await).unwrap()
    }

    /// The text of the next thing the server says.
    pub async fn hear_text(&mut self) -> String {
        match self.next().await {
            Some(Message::Text(text)) => text.as_str().to_owned(),
            other => panic!("expected a message, got {other:?}"),
        }
    }

    /// The code of the error that the server says next.
    pub async fn hear_error(&mut self) -> ErrorCode {
        match self.hear().await {
            ServerMessage::Error(error) => error.code,
            other => panic!("expected an error, got {other:?}"),
        }
    }

    /// Checks that nothing was said up to now: a ping is answered at once.
    pub async fn hear_nothing(&mut self) {
        self.say(ClientMessage::Ping { id: 4_711 }).await;
        assert_eq!(self.hear().await, ServerMessage::Pong { id: 4_711 });
    }

    /// Waits until all that was said before has been dealt with, whatever is said meanwhile.
    pub async fn hear_nothing_or_news(&mut self) {
        self.say(ClientMessage::Ping { id: 4_712 }).await;
        while self.hear().await != (ServerMessage::Pong { id: 4_712 }) {}
    }

    /// The code with which the server closes, after whatever else it says.
    pub async fn hear_close(&mut self) -> u16 {
        loop {
            match self.next().await {
                Some(Message::Close(Some(frame))) => return frame.code.into(),
                Some(Message::Close(None)) | None => panic!("closed without a code"),
                Some(_) => {}
            }
        }
    }

    async fn next(&mut self) -> Option<Message> {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.socket.next());
            match next.await.expect("the server says something") {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(message)) => return Some(message),
                Some(Err(error)) => panic!("{error}"),
                None => return None,
            }
        }
    }

    pub async fn join(mut self, message: ClientMessage) -> Joined {
        self.say(message).await;
        match self.hear().await {
            ServerMessage::Joined {
                participant,
                resumed,
                participants,
                ticket,
                ..
            } => Joined {
                client: self,
                id: participant,
                resumed,
                others: participants,
                ticket,
            },
            other => panic!("expected to join, got {other:?}"),
        }
    }
}

pub fn secret(n: u8) -> RoomSecret {
    RoomSecret::parse(&URL_SAFE_NO_PAD.encode([n; 32])).unwrap()
}

pub fn room_id(n: u8) -> RoomId {
    room::room_of(&secret(n)).unwrap()
}

fn join(n: u8, secret: Option<RoomSecret>, ticket: Option<Ticket>) -> ClientMessage {
    ClientMessage::Join {
        room: room_id(n),
        name: Some(Name::clean("Ada")),
        secret,
        ticket,
        media: Some(Media::default()),
        received: None,
        offer: None,
        device: None,
    }
}

pub fn as_host(n: u8) -> ClientMessage {
    join(n, Some(secret(n)), None)
}

pub fn as_guest(n: u8) -> ClientMessage {
    join(n, None, None)
}

pub fn with_ticket(n: u8, ticket: &Ticket) -> ClientMessage {
    join(n, None, Some(ticket.clone()))
}

pub fn offer(to: &ParticipantId, sdp: &str) -> ClientMessage {
    ClientMessage::Offer {
        to: to.clone(),
        connection: 1,
        sdp: Sdp::new(sdp),
    }
}
