//! Enters a throw-away call, by WebSocket and by HTTP requests.

use std::time::Instant;

use axum::http::HeaderValue;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{
    ClientMessage, CloseCode, IceServer, Name, RoomId, RoomSecret, SUBPROTOCOL, ServerMessage,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Error, Message, client::IntoClientRequest as _},
};

use super::{
    answer::Answer,
    cause::Cause,
    door::Door,
    in_time,
    reach::too_many,
    report::{Report, Trouble},
    requests::Session,
    took,
    way::Stream,
    words,
};
use crate::data_dir::random_32;

const LINK: &str = "signalling";
const FALLBACK: &str = "HTTP fallback";

type Socket = WebSocketStream<Box<dyn Stream>>;

/// The connection by which we are in the call.
enum Line {
    Socket(Box<Socket>),
    Requests(Box<Session>),
}

/// A throw-away call that we are alone in.
pub(super) struct Visit {
    line: Line,
    pub(super) door: Door,
    /// What the server offers for ICE.
    pub(super) ice_servers: Vec<IceServer>,
}

impl Visit {
    pub(super) async fn leave(&mut self) {
        // The call also ends if this fails.
        let leave = ClientMessage::Leave {};
        match &mut self.line {
            Line::Socket(socket) => {
                let leaving = async {
                    say(socket, &leave).await?;
                    Ok(WebSocketStream::close(socket, None).await.map_err(words)?)
                };
                let _left = in_time(leaving).await;
            }
            Line::Requests(session) => {
                let leaving = async { Ok(session.say(&leave).await.map_err(|it| it.seen)?) };
                let _left = in_time(leaving).await;
            }
        }
    }
}

/// Enters a call by WebSocket and by HTTP requests, and reports how that went.
pub(super) async fn enter(door: &Door, report: &mut Report) -> Option<Visit> {
    let (join, room) = match join() {
        Ok(both) => both,
        Err(problem) => {
            let trouble = Trouble::new(Cause::Here, problem, "start this program anew");
            report.failed_at(LINK, trouble);
            return None;
        }
    };
    let start = Instant::now();
    let entered = in_time_or(by_web_socket(door, &join)).await;
    let took_ws = took(start);
    let start = Instant::now();
    // When the WebSocket is in the call already, the requests only look into its lobby.
    let question = match &entered {
        Ok(_) => ClientMessage::Peek { room },
        Err(_) => join,
    };
    let answered = in_time_or(by_requests(door, &question)).await;
    let took_requests = took(start);
    let fallback = |is_prompt: bool, report: &mut Report| {
        if is_prompt {
            report.good(
                FALLBACK,
                format!("the same by HTTP requests, {took_requests}"),
            );
        } else {
            report.note(FALLBACK, buffered());
        }
    };
    let (line, ice_servers) = match (entered, answered) {
        (Ok((socket, ice_servers)), Ok((session, _))) => {
            report.good(LINK, format!("a call by WebSocket, {took_ws}"));
            fallback(session.is_prompt().await, report);
            (Line::Socket(Box::new(socket)), ice_servers)
        }
        (Ok((socket, ice_servers)), Err(trouble)) => {
            report.good(LINK, format!("a call by WebSocket, {took_ws}"));
            let fix = format!("whoever has no WebSockets cannot call; {}", trouble.fix);
            report.note(FALLBACK, Trouble { fix, ..trouble });
            (Line::Socket(Box::new(socket)), ice_servers)
        }
        (Err(trouble), Ok((session, ice_servers))) => {
            let seen = format!("no WebSocket: {}", trouble.seen);
            let fix = format!("calls go on by HTTP requests; {}", trouble.fix);
            report.note(
                LINK,
                Trouble {
                    seen,
                    fix,
                    ..trouble
                },
            );
            fallback(session.is_prompt().await, report);
            (Line::Requests(Box::new(session)), ice_servers)
        }
        (Err(by_web_socket), Err(by_requests)) => {
            // A cause that is named with the requests comes first: a WebSocket may also fail for a
            // reason of its own.
            let seen = format!(
                "by WebSocket: {}; by HTTP requests: {}",
                by_web_socket.seen, by_requests.seen
            );
            let known = if by_requests.cause == Cause::NoSignalling {
                by_web_socket
            } else {
                by_requests
            };
            report.failed_at(LINK, Trouble { seen, ..known });
            return None;
        }
    };
    Some(Visit {
        line,
        door: door.clone(),
        ice_servers,
    })
}

fn buffered() -> Trouble {
    Trouble::new(
        Cause::Buffered,
        "answers are kept back until they are whole",
        "messages then go slowly for whoever has no WebSockets: switch off the buffering of answers in the proxy in \
         front (nginx: `proxy_buffering off;`)",
    )
}

/// The result, or a trouble that says that there was none in time.
async fn in_time_or<T>(future: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
    match in_time(async { Ok(future.await) }).await {
        Ok(result) => result,
        Err(problem) => Err(Trouble::new(
            Cause::NoSignalling,
            problem,
            "see whether what is in front passes /ws, /events and /send on, and keeps no answer back",
        )),
    }
}

async fn by_requests(
    door: &Door,
    question: &ClientMessage,
) -> Result<(Session, Vec<IceServer>), Trouble> {
    let mut session = Session::open(door).await?;
    session.say(question).await?;
    let ice_servers = session
        .hear(|message| match message {
            ServerMessage::Joined { ice_servers, .. }
            | ServerMessage::Lobby { ice_servers, .. } => Some(ice_servers),
            _ => None,
        })
        .await?;
    Ok((session, ice_servers))
}

async fn by_web_socket(
    door: &Door,
    join: &ClientMessage,
) -> Result<(Socket, Vec<IceServer>), Trouble> {
    let target = &door.target;
    let address = format!("{}://{}/ws", target.scheme.web_socket(), target.authority());
    let mut request = address.into_client_request().map_err(plain)?;
    let headers = request.headers_mut();
    let origin = HeaderValue::from_str(&door.page()).map_err(plain)?;
    headers.insert("origin", origin);
    let subprotocol = HeaderValue::from_static(SUBPROTOCOL);
    headers.insert("sec-websocket-protocol", subprotocol);
    let stream = door.connect().await.map_err(plain)?;
    let (mut socket, _) = match tokio_tungstenite::client_async(request, stream).await {
        Ok(opened) => opened,
        Err(Error::Http(response)) => {
            let (parts, body) = response.into_parts();
            let answer = Answer {
                status: parts.status,
                headers: parts.headers,
                body: String::from_utf8_lossy(&body.unwrap_or_default()).into_owned(),
            };
            return Err(answer.trouble("/ws", &door.page()));
        }
        Err(error) => return Err(plain(error)),
    };
    say(&mut socket, join).await.map_err(plain)?;
    while let Some(message) = socket.next().await {
        let text = match message.map_err(plain)? {
            Message::Text(text) => text,
            Message::Close(Some(close)) => {
                let code = u16::from(close.code);
                if code == CloseCode::ServerBusy.as_u16() {
                    return Err(too_many("the server has as many connections as it takes"));
                }
                return Err(plain(format!("the server closed with {code}")));
            }
            _ => continue,
        };
        match serde_json::from_str(&text).map_err(plain)? {
            ServerMessage::Joined { ice_servers, .. } => return Ok((socket, ice_servers)),
            ServerMessage::Error(error) => {
                return Err(plain(format!("refused: {}", error.message)));
            }
            _ => {}
        }
    }
    Err(plain("the server closed the connection"))
}

/// A trouble of which nothing but these words is known.
fn plain(problem: impl std::fmt::Display) -> Trouble {
    Trouble::new(
        Cause::NoSignalling,
        words(problem),
        "see whether a proxy in front passes WebSockets on (Upgrade and Connection), and whether Crabcall is behind \
         this address at all",
    )
}

/// A message that joins a call which nobody else knows of, and the room of that call.
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
        device: None,
        received: None,
        offer: None,
    };
    Ok((join, room))
}

async fn say(socket: &mut Socket, message: &ClientMessage) -> Result<(), String> {
    let text = serde_json::to_string(message).map_err(words)?;
    socket.send(Message::text(text)).await.map_err(words)
}
