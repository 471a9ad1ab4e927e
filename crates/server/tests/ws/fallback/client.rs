//! A client of the fallback, and the HTTP that it needs.

use std::collections::VecDeque;

use protocol::{ClientMessage, ErrorCode, ServerMessage, Ticket};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::{PATIENCE, Server};

pub type Header = (&'static str, String);

/// One answer, read as it comes.
pub struct Answer {
    pub status: u16,
    /// In small letters.
    pub head: String,
    stream: BufReader<TcpStream>,
    text: String,
}

impl Answer {
    /// The next piece of the body; false at its end, also if that comes too early.
    async fn read(&mut self) -> bool {
        let mut piece = Vec::new();
        if self.head.contains("transfer-encoding: chunked") {
            let mut size = String::new();
            let _ = self.stream.read_line(&mut size).await;
            let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
            piece.resize(size + 2, 0);
            if size == 0 || self.stream.read_exact(&mut piece).await.is_err() {
                return false;
            }
            piece.truncate(size);
        } else if self.stream.read_to_end(&mut piece).await.unwrap_or(0) == 0 {
            return false;
        }
        self.text
            .push_str(std::str::from_utf8(&piece).expect("UTF-8"));
        true
    }

    /// The next event: its lines. None at the end.
    pub async fn event(&mut self) -> Option<Vec<String>> {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let lines: Vec<_> = event.lines().map(str::to_owned).collect();
                self.text = rest.to_owned();
                // A comment is none.
                if !lines.iter().all(|line| line.starts_with(':')) {
                    return Some(lines);
                }
            }
            let read = tokio::time::timeout(PATIENCE, self.read()).await;
            if !read.expect("the server says something") {
                return None;
            }
        }
    }
}

/// The headers of a page of this server that speaks the protocol.
pub fn usual(server: &Server) -> Vec<Header> {
    vec![
        ("Origin", format!("http://{}", server.address)),
        ("Crabcall-Protocol", "crabcall.v1".to_owned()),
        ("Crabcall-Received", "0".to_owned()),
    ]
}

pub async fn request(server: &Server, path: &str, headers: &[Header], body: &[u8]) -> Answer {
    let stream = TcpStream::connect(server.address).await.expect("a server");
    request_over(stream, server, path, headers, body).await
}

async fn request_over(
    mut stream: TcpStream,
    server: &Server,
    path: &str,
    headers: &[Header],
    body: &[u8],
) -> Answer {
    let mut head = format!("POST {path} HTTP/1.1\r\nHost: {}\r\n", server.address);
    head.push_str("Connection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    // It may be refused before it is read to its end.
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(body).await;
    answer_on(stream).await
}

/// Reads the answer to a request that was sent already.
pub async fn answer_on(stream: TcpStream) -> Answer {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        let reading = tokio::time::timeout(PATIENCE, stream.read_line(&mut head)).await;
        let read = reading.expect("an answer").expect("an answer");
        assert!(read > 0, "no answer, only {head:?}");
    }
    let status = head.split(' ').nth(1).and_then(|it| it.parse().ok());
    Answer {
        status: status.expect("a status"),
        head: head.to_lowercase(),
        stream,
        text: String::new(),
    }
}

/// A session, and the answer that it listens to.
pub struct Session<'a> {
    pub server: &'a Server,
    pub id: String,
    pub answer: Answer,
    /// Asks for answers that end with the first thing to say.
    pub whole: bool,
    pub received: u64,
    pub said: u64,
    /// Does as it is asked to.
    pub confirms: bool,
    /// Named events that came in between: kind and data.
    pub events: VecDeque<(String, String)>,
}

impl<'a> Session<'a> {
    pub async fn open(server: &'a Server) -> Self {
        let stream = TcpStream::connect(server.address).await.expect("a server");
        Self::open_over(server, stream, false).await
    }

    pub async fn open_whole(server: &'a Server) -> Self {
        let stream = TcpStream::connect(server.address).await.expect("a server");
        Self::open_over(server, stream, true).await
    }

    /// With a small receive buffer, so that it stalls soon when it does not read.
    pub async fn open_small(server: &'a Server) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4_096).expect("a small buffer");
        let stream = socket.connect(server.address).await.expect("a server");
        Self::open_over(server, stream, false).await
    }

    async fn open_over(server: &'a Server, stream: TcpStream, whole: bool) -> Self {
        let mut headers = usual(server);
        if whole {
            headers.push(("Crabcall-Whole", "1".to_owned()));
        }
        let answer = request_over(stream, server, "/events", &headers, b"").await;
        Self {
            whole,
            ..Self::on(server, answer).await
        }
    }

    /// The session that this answer has opened.
    pub async fn on(server: &'a Server, mut answer: Answer) -> Self {
        assert_eq!(answer.status, 200);
        let begin = answer.event().await.expect("a session");
        assert_eq!(begin[0], "event: session");
        let id = begin[1].strip_prefix("data: ").expect("its id").to_owned();
        assert_eq!(id.len(), 32);
        Self {
            server,
            id,
            answer,
            whole: false,
            received: 0,
            said: 0,
            confirms: true,
            events: VecDeque::new(),
        }
    }

    pub fn headers(&self) -> Vec<Header> {
        let mut headers = usual(self.server);
        headers[2].1 = self.received.to_string();
        headers.push(("Crabcall-Session", self.id.clone()));
        if self.whole {
            headers.push(("Crabcall-Whole", "1".to_owned()));
        }
        headers
    }

    /// Asks for the next answer, whatever came of the last one.
    pub async fn listen(&mut self) -> u16 {
        self.answer = request(self.server, "/events", &self.headers(), b"").await;
        self.answer.status
    }

    /// Sends messages from this number on; the status.
    pub async fn post(&self, first: u64, texts: &[&str]) -> u16 {
        let mut headers = self.headers();
        headers.push(("Crabcall-First", first.to_string()));
        let body = texts.join("\n");
        let answer = request(self.server, "/send", &headers, body.as_bytes()).await;
        answer.status
    }

    pub async fn say_texts(&mut self, texts: &[&str]) -> u16 {
        let first = self.said + 1;
        self.said += texts.len() as u64;
        self.post(first, texts).await
    }

    pub async fn say(&mut self, message: ClientMessage) {
        let text = serde_json::to_string(&message).expect("JSON");
        assert_eq!(self.say_texts(&[&text]).await, 204);
    }

    /// The next message, asking for another answer when one ends; none when the session does.
    pub async fn next(&mut self) -> Option<ServerMessage> {
        loop {
            let Some(event) = self.answer.event().await else {
                if self.listen().await != 200 {
                    return None;
                }
                continue;
            };
            let field = |name: &str| {
                let line = event.iter().find_map(|line| line.strip_prefix(name));
                line.unwrap_or_default().to_owned()
            };
            let (kind, data) = (field("event: "), field("data: "));
            if kind.is_empty() {
                self.received += 1;
                assert_eq!(field("id: "), self.received.to_string());
                return Some(serde_json::from_str(&data).expect("a message"));
            }
            let closes = kind == "close";
            if kind == "ping" && self.confirms {
                assert_eq!(self.post(self.said + 1, &[]).await, 204);
            }
            self.events.push_back((kind, data));
            if closes {
                return None;
            }
        }
    }

    pub async fn hear(&mut self) -> ServerMessage {
        self.next().await.expect("a message")
    }

    pub async fn hear_error(&mut self) -> ErrorCode {
        match self.hear().await {
            ServerMessage::Error(error) => error.code,
            other => panic!("expected an error, got {other:?}"),
        }
    }

    /// Checks that nothing was said up to now.
    pub async fn hear_nothing(&mut self) {
        self.say(ClientMessage::Ping { id: 4_711 }).await;
        assert_eq!(self.hear().await, ServerMessage::Pong { id: 4_711 });
    }

    /// The code with which the server closes, after whatever else it says.
    pub async fn hear_close(&mut self) -> u16 {
        while self.next().await.is_some() {}
        let (kind, data) = self.events.pop_back().expect("a last event");
        assert_eq!(kind, "close");
        data.parse().expect("a code")
    }

    pub async fn join(&mut self, join: ClientMessage) -> (protocol::ParticipantId, Ticket) {
        self.say(join).await;
        match self.hear().await {
            ServerMessage::Joined {
                participant,
                ticket,
                ..
            } => (participant, ticket),
            other => panic!("expected to join, got {other:?}"),
        }
    }
}
