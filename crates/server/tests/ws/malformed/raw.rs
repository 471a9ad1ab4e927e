//! A client that writes its own bytes.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{PATIENCE, Server};

pub struct Raw(pub TcpStream);

/// The right request, to be spoiled.
pub fn request(server: &Server) -> String {
    let at = server.address;
    format!(
        "GET /ws HTTP/1.1\r\nHost: {at}\r\nOrigin: http://{at}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: crabcall.v1\r\n\r\n"
    )
}

impl Raw {
    pub async fn connect(server: &Server) -> Self {
        Self(TcpStream::connect(server.address).await.unwrap())
    }

    /// A WebSocket that has looked into a room, so that it is not closed for silence.
    pub async fn upgraded(server: &Server) -> Self {
        let mut raw = Self::connect(server).await;
        raw.write(request(server).as_bytes()).await;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(raw.0.read_u8().await.unwrap());
        }
        assert!(head.starts_with(b"HTTP/1.1 101 "));
        let peek = format!(
            r#"{{"type":"peek","room":"{}"}}"#,
            crate::support::room_id(220).as_str()
        );
        raw.write(&frame(0x81, peek.as_bytes())).await;
        raw
    }

    /// Writes as much as the server takes: it may have closed already.
    pub async fn write(&mut self, bytes: &[u8]) {
        let _closed_early = self.0.write_all(bytes).await;
    }

    /// Waits until the server has said `what`.
    pub async fn hear(&mut self, what: &[u8]) {
        let mut said = Vec::new();
        while !said.windows(what.len()).any(|it| it == what) {
            said.push(self.0.read_u8().await.unwrap());
        }
    }

    /// Everything the server still sends until it closes.
    pub async fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let reading = self.0.read_to_end(&mut bytes);
        let ended = tokio::time::timeout(PATIENCE, reading).await;
        // A reset is an end too.
        let _how = ended.expect("the server ends the connection");
        bytes
    }

    /// The code with which the server closes, if it says one.
    pub async fn close_code(&mut self) -> Option<u16> {
        let bytes = self.rest().await;
        let mut rest = &bytes[..];
        while let [first, second, after @ ..] = rest {
            let (length, after) = match (*second, after) {
                (126, [a, b, after @ ..]) => (usize::from(u16::from_be_bytes([*a, *b])), after),
                (length, after) => (usize::from(length), after),
            };
            let (payload, after) = after.split_at_checked(length)?;
            if let (0x88, [a, b, ..]) = (*first, payload) {
                return Some(u16::from_be_bytes([*a, *b]));
            }
            rest = after;
        }
        None
    }
}

/// A masked frame with this first byte.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = header(first, payload.len() as u64);
    bytes.extend([1, 2, 3, 4]);
    let mask = [1, 2, 3, 4].into_iter().cycle();
    bytes.extend(payload.iter().zip(mask).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// The start of a masked frame that says it is so long.
pub fn header(first: u8, length: u64) -> Vec<u8> {
    let mut bytes = vec![first];
    match length {
        0..126 => bytes.push(0x80 | length as u8),
        126..65_536 => {
            bytes.push(0x80 | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        _ => {
            bytes.push(0x80 | 127);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes
}
