//! From the name to the signalling connection: what has to work before there is a page.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{ClientMessage, IceServer, Media, Name, RoomSecret, SUBPROTOCOL, ServerMessage};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest as _, http::HeaderValue},
};

use super::{
    Target, in_time,
    report::Report,
    trust::Onlooker,
    way::{self, Stream},
};
use crate::{data_dir::random_32, host::Scheme};

/// Clocks may differ by so much. Credentials for the relay last five minutes.
const CLOCKS: Duration = Duration::from_secs(60);

/// A throw-away call that we are alone in.
pub(super) struct Visit {
    socket: WebSocketStream<Box<dyn Stream>>,
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
        let _left = say(&mut self.socket, &ClientMessage::Leave {}).await;
        let _closed = in_time(async { self.socket.close(None).await.map_err(words) }).await;
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
    let start = Instant::now();
    match in_time(enter(target, &page, stream, report)).await {
        Ok((socket, ice_servers)) => {
            report.good(
                "signalling",
                format!("a call by WebSocket, {}", took(start)),
            );
            Some(Visit {
                socket,
                server,
                ice_servers,
                onlooker,
            })
        }
        Err(problem) => {
            let fix = "see whether a proxy in front passes WebSockets on (Upgrade and \
                       Connection), and whether Crabcall is behind this address at all";
            report.failed_at("signalling", problem, fix);
            None
        }
    }
}

type Entered = (WebSocketStream<Box<dyn Stream>>, Vec<IceServer>);

async fn enter(
    target: &Target,
    page: &str,
    stream: Box<dyn Stream>,
    report: &mut Report,
) -> Result<Entered, String> {
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

    let secret = random_32().map_err(words)?;
    let secret = RoomSecret::parse(&URL_SAFE_NO_PAD.encode(secret)).map_err(words)?;
    let room = room::room_of(&secret).ok_or("no room can be made")?;
    let join = ClientMessage::Join {
        room,
        name: Name::clean("Doctor"),
        secret: Some(secret),
        ticket: None,
        media: Media::default(),
        received: None,
        offer: None,
    };
    say(&mut socket, &join).await?;
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

async fn say(
    socket: &mut WebSocketStream<Box<dyn Stream>>,
    message: &ClientMessage,
) -> Result<(), String> {
    let text = serde_json::to_string(message).map_err(words)?;
    socket.send(Message::text(text)).await.map_err(words)
}

/// Compares this computer's clock with what the server says it is.
fn clock(date: Option<&str>, report: &mut Report) {
    const LINK: &str = "clock";
    let Some(server) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else {
        return;
    };
    let here = SystemTime::now();
    let apart = here
        .duration_since(server)
        .unwrap_or_else(|it| it.duration());
    if apart <= CLOCKS {
        report.good(LINK, "the server's and this computer's agree");
    } else {
        report.failed_at(
            LINK,
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

fn words(error: impl std::fmt::Display) -> String {
    crate::fault::one_line(&error.to_string())
}
