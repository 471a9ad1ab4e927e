//! From the name to the signalling connection: what has to work before there is a page.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{ClientMessage, IceServer, Name, RoomId, RoomSecret, SUBPROTOCOL, ServerMessage};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest as _, http::HeaderValue},
};

use super::{
    Target, in_time,
    report::Report,
    requests::Session,
    trust::Onlooker,
    way::{self, Stream},
};
use crate::{data_dir::random_32, host::Scheme};

const LINK: &str = "signalling";
const FALLBACK: &str = "HTTP fallback";
/// Clocks may differ by so much. Credentials for the relay last five minutes.
const CLOCKS: Duration = Duration::from_secs(60);

type Socket = WebSocketStream<Box<dyn Stream>>;

/// By which way we are in the call.
enum Line {
    Socket(Box<Socket>),
    Requests(Box<Session>),
}

/// A throw-away call that we are alone in.
pub(super) struct Visit {
    line: Line,
    /// Where the server is, from here.
    pub server: SocketAddr,
    /// What it offers for ICE.
    pub ice_servers: Vec<IceServer>,
    /// Looks on every encrypted connection.
    pub onlooker: Arc<Onlooker>,
}

impl Visit {
    pub(super) async fn leave(&mut self) {
        // The call ends without it as well, a minute later.
        let leave = ClientMessage::Leave {};
        match &mut self.line {
            Line::Socket(socket) => {
                let _left = in_time(say(socket, &leave)).await;
                let _closed =
                    in_time(async { WebSocketStream::close(socket, None).await.map_err(words) })
                        .await;
            }
            Line::Requests(session) => {
                let _left = in_time(session.say(&leave)).await;
            }
        }
    }
}

/// Goes in, as far as it goes.
pub(super) async fn visit(target: &Target, report: &mut Report) -> Option<Visit> {
    let host = target.bare_host();
    let addresses = match in_time(way::addresses(&host, target.port)).await {
        Ok(addresses) => addresses,
        Err(problem) => {
            let fix = "see to the name's A or AAAA entry, or use the address itself";
            report.failed_at(format!("name {host}"), problem, fix);
            return None;
        }
    };
    let link = format!("TCP port {}", target.port);
    let start = Instant::now();
    let connected = in_time(way::connect(&addresses)).await;
    let peer = connected.and_then(|stream| {
        let peer = stream.peer_addr().map_err(|error| error.to_string())?;
        Ok((stream, peer))
    });
    let (stream, server) = match peer {
        Ok(connected) => connected,
        Err(problem) => {
            let fix = format!(
                "start the server there; let TCP port {} through its firewall, and have the \
                 router forward it",
                target.port
            );
            report.failed_at(link, problem, fix);
            return None;
        }
    };
    report.good(link, format!("{}, {}", server.ip(), took(start)));
    let page = format!("{}://{}", target.scheme.as_str(), target.authority());
    let onlooker = match Onlooker::new() {
        Ok(onlooker) => onlooker,
        Err(problem) => {
            report.failed_at("TLS", problem, "start this program anew");
            return None;
        }
    };
    let stream: Box<dyn Stream> = match target.scheme {
        Scheme::Http => Box::new(stream),
        Scheme::Https => {
            match in_time(way::encrypted(stream, &host, &onlooker, b"http/1.1")).await {
                Ok(stream) => {
                    onlooker.tell(&page, report);
                    stream
                }
                Err(problem) => {
                    let fix = "see whether this port is the server's --https, and not --http";
                    report.failed_at("TLS", problem, fix);
                    return None;
                }
            }
        }
    };
    let (line, ice_servers) = call(target, &page, server, stream, &onlooker, report).await?;
    Some(Visit {
        line,
        server,
        ice_servers,
        onlooker,
    })
}

/// Into a call by each way there is.
async fn call(
    target: &Target,
    page: &str,
    server: SocketAddr,
    stream: Box<dyn Stream>,
    onlooker: &Arc<Onlooker>,
    report: &mut Report,
) -> Option<(Line, Vec<IceServer>)> {
    let (join, room) = match join() {
        Ok(both) => both,
        Err(problem) => {
            report.failed_at("signalling", problem, "start this program anew");
            return None;
        }
    };
    let start = Instant::now();
    let entered = in_time(enter(target, page, stream, &join, report)).await;
    let took_ws = took(start);
    let start = Instant::now();
    let by_requests = async {
        let mut session = Session::open(target, server, onlooker).await?;
        // Whoever is in the call by a WebSocket is to be seen in its lobby.
        let question = match &entered {
            Ok(_) => ClientMessage::Peek { room },
            Err(_) => join,
        };
        session.say(&question).await?;
        let ice_servers = session.hear(|message| match message {
            ServerMessage::Joined { ice_servers, .. }
            | ServerMessage::Lobby { ice_servers, .. } => Some(ice_servers),
            _ => None,
        });
        let ice_servers = ice_servers.await?;
        Ok((session, ice_servers))
    };
    Some(match (in_time(by_requests).await, entered) {
        (Ok(_), Ok((socket, ice_servers))) => {
            report.good(LINK, format!("a call by WebSocket, {took_ws}"));
            report.good(
                FALLBACK,
                format!("the same by HTTP requests, {}", took(start)),
            );
            (Line::Socket(Box::new(socket)), ice_servers)
        }
        (Err(problem), Ok((socket, ice_servers))) => {
            report.good(LINK, format!("a call by WebSocket, {took_ws}"));
            let advice = "whoever has no WebSockets cannot call: see whether a proxy in front passes \
                          POST requests to /events and /send on, and keeps no answer back";
            report.note(FALLBACK, problem, advice);
            (Line::Socket(Box::new(socket)), ice_servers)
        }
        (Ok((session, ice_servers)), Err(problem)) => {
            let advice = "calls go on by HTTP requests; see whether a proxy in front passes \
                          WebSockets on (Upgrade and Connection)";
            report.note(LINK, format!("no WebSocket: {problem}"), advice);
            report.good(
                FALLBACK,
                format!("a call by HTTP requests, {}", took(start)),
            );
            (Line::Requests(Box::new(session)), ice_servers)
        }
        (Err(by_requests), Err(by_web_socket)) => {
            let problem = format!("by WebSocket: {by_web_socket}; by HTTP requests: {by_requests}");
            let fix = "see whether a proxy in front passes WebSockets on (Upgrade and \
                       Connection), and whether Crabcall is behind this address at all";
            report.failed_at(LINK, problem, fix);
            return None;
        }
    })
}

async fn enter(
    target: &Target,
    page: &str,
    stream: Box<dyn Stream>,
    join: &ClientMessage,
    report: &mut Report,
) -> Result<(Socket, Vec<IceServer>), String> {
    let address = format!("{}://{}/ws", target.scheme.web_socket(), target.authority());
    let mut request = address.into_client_request().map_err(words)?;
    let origin = HeaderValue::from_str(page).map_err(words)?;
    request.headers_mut().insert("origin", origin);
    let subprotocol = HeaderValue::from_static(SUBPROTOCOL);
    request
        .headers_mut()
        .insert("sec-websocket-protocol", subprotocol);
    let opening = tokio_tungstenite::client_async(request, stream);
    let (mut socket, response) = opening.await.map_err(words)?;
    let date = response.headers().get("date");
    clock(date.and_then(|it| it.to_str().ok()), report);

    say(&mut socket, join).await?;
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message.map_err(words)? else {
            continue;
        };
        match serde_json::from_str(&text).map_err(words)? {
            ServerMessage::Joined { ice_servers, .. } => return Ok((socket, ice_servers)),
            ServerMessage::Error(error) => return Err(format!("refused: {}", error.message)),
            _ => {}
        }
    }
    Err("the server closed the connection".to_owned())
}

/// How to enter a call that nobody else knows of, and which that is.
fn join() -> Result<(ClientMessage, RoomId), String> {
    let secret = random_32().map_err(words)?;
    let secret = RoomSecret::parse(&URL_SAFE_NO_PAD.encode(secret)).map_err(words)?;
    let room = room::room_of(&secret).ok_or("no room can be made")?;
    let join = ClientMessage::Join {
        room: room.clone(),
        name: Some(Name::clean("Doctor")),
        secret: Some(secret),
        ticket: None,
        media: None,
        received: None,
        offer: None,
        device: None,
    };
    Ok((join, room))
}

async fn say(socket: &mut Socket, message: &ClientMessage) -> Result<(), String> {
    let text = serde_json::to_string(message).map_err(words)?;
    socket.send(Message::text(text)).await.map_err(words)
}

/// Compares this computer's clock with what the server says it is.
fn clock(date: Option<&str>, report: &mut Report) {
    const CLOCK: &str = "clock";
    let Some(server) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else {
        return;
    };
    let here = SystemTime::now();
    let apart = here
        .duration_since(server)
        .unwrap_or_else(|it| it.duration());
    if apart <= CLOCKS {
        report.good(CLOCK, "the server's and this computer's agree");
    } else {
        report.failed_at(
            CLOCK,
            format!(
                "this computer's and the server's are {} s apart",
                apart.as_secs()
            ),
            "set the wrong one right, by NTP: certificates and tickets are dated",
        );
    }
}

pub(super) fn took(start: Instant) -> String {
    format!("{:.1} ms", start.elapsed().as_secs_f64() * 1e3)
}

pub(super) fn words(error: impl std::fmt::Display) -> String {
    crate::fault::one_line(&error.to_string())
}
