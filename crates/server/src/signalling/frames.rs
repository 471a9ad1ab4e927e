//! Frames of a WebSocket (RFC 6455, section 5) as a server reads and writes them: in place, and
//! without an allocation for a message of one frame, as browsers send them.

use std::borrow::Cow;

use protocol::{CloseCode, limits};

const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;
/// In the first byte: the last frame of a message.
const LAST: u8 = 0x80;
/// In the first byte: what extensions may use, of which there are none here.
const RESERVED: u8 = 0x70;
/// In the second byte: the payload is masked.
const MASKED: u8 = 0x80;
/// How many frames a message may come in. Frames may be empty, so that a limit of bytes does not
/// end them.
const MAX_FRAMES: u32 = 256;
/// The most that a control frame carries, and that a length of one byte says.
const SHORT: usize = 125;

/// Why what a client sends cannot be read any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    Protocol,
    TooLarge,
    TooManyFrames,
    NotUtf8,
}

impl Broken {
    /// How the client is told.
    pub const fn close_code(self) -> CloseCode {
        match self {
            Self::Protocol => CloseCode::ProtocolError,
            Self::TooLarge => CloseCode::TooLarge,
            Self::TooManyFrames => CloseCode::TooManyMessages,
            Self::NotUtf8 => CloseCode::InvalidText,
        }
    }
}

/// What a client has sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard<'a> {
    Text(Cow<'a, str>),
    Binary,
    /// A frame that is not the last of its message.
    Part,
    Ping(&'a [u8]),
    Pong,
    /// With the code to answer it by.
    Close(Option<u16>),
}

/// A frame off the front of what was read.
#[derive(Debug, PartialEq, Eq)]
pub struct Taken<'a> {
    /// Bytes of it.
    pub length: usize,
    pub heard: Heard<'a>,
}

/// Makes messages of the frames of one client.
#[derive(Debug, Default)]
pub struct Reader {
    /// A message whose last frame is yet to come.
    begun: Option<Box<Begun>>,
}

#[derive(Debug)]
struct Begun {
    is_text: bool,
    frames: u32,
    bytes: Vec<u8>,
}

impl Reader {
    /// Takes the frame that begins `bytes`, which are changed; none if it is not all there.
    pub fn take<'a>(&mut self, bytes: &'a mut [u8]) -> Result<Option<Taken<'a>>, Broken> {
        let Some(head) = Head::read(bytes)? else {
            return Ok(None);
        };
        let begun = self.begun.as_ref().map(|begun| begun.bytes.len());
        if !head.is_control() && begun.is_some() != (head.opcode == CONTINUATION) {
            return Err(Broken::Protocol);
        }
        let before = if head.is_control() { None } else { begun };
        let whole = head.length.checked_add(before.unwrap_or(0) as u64);
        let length = match (whole, usize::try_from(head.length)) {
            (Some(whole), Ok(length)) if whole <= limits::MESSAGE_BYTES as u64 => length,
            _ => return Err(Broken::TooLarge),
        };
        let end = head.bytes + length;
        let Some(payload) = bytes.get_mut(head.bytes..end) else {
            return Ok(None);
        };
        unmask(payload, head.mask);
        Ok(Some(Taken {
            length: end,
            heard: self.heard(&head, payload)?,
        }))
    }

    fn heard<'a>(&mut self, head: &Head, payload: &'a [u8]) -> Result<Heard<'a>, Broken> {
        match head.opcode {
            PING => return Ok(Heard::Ping(payload)),
            PONG => return Ok(Heard::Pong),
            CLOSE => return close(payload),
            _ => {}
        }
        if let Some(mut begun) = self.begun.take() {
            begun.frames += 1;
            begun.bytes.extend_from_slice(payload);
            if !head.is_last {
                if begun.frames >= MAX_FRAMES {
                    return Err(Broken::TooManyFrames);
                }
                self.begun = Some(begun);
                return Ok(Heard::Part);
            }
            if !begun.is_text {
                return Ok(Heard::Binary);
            }
            let text = String::from_utf8(begun.bytes).map_err(|_| Broken::NotUtf8)?;
            return Ok(Heard::Text(text.into()));
        }
        let is_text = head.opcode == TEXT;
        if !head.is_last {
            self.begun = Some(Box::new(Begun {
                is_text,
                frames: 1,
                bytes: payload.to_vec(),
            }));
            return Ok(Heard::Part);
        }
        if !is_text {
            return Ok(Heard::Binary);
        }
        let text = std::str::from_utf8(payload).map_err(|_| Broken::NotUtf8)?;
        Ok(Heard::Text(text.into()))
    }
}

/// What stands before the payload.
struct Head {
    is_last: bool,
    opcode: u8,
    mask: [u8; 4],
    /// Bytes of the payload.
    length: u64,
    /// Bytes of the head itself.
    bytes: usize,
}

impl Head {
    /// None if it is not all there.
    fn read(bytes: &[u8]) -> Result<Option<Self>, Broken> {
        let &[first, second, ref after @ ..] = bytes else {
            return Ok(None);
        };
        let (is_last, opcode) = (first & LAST != 0, first & !(LAST | RESERVED));
        let is_control = opcode & CLOSE != 0;
        let short = second & !MASKED;
        let known = matches!(opcode, CONTINUATION | TEXT | BINARY | CLOSE | PING | PONG);
        if first & RESERVED != 0
            || second & MASKED == 0
            || !known
            || (is_control && (!is_last || usize::from(short) > SHORT))
        {
            return Err(Broken::Protocol);
        }
        let (length, after) = match short {
            126 => match after.split_first_chunk() {
                Some((length, after)) => (u64::from(u16::from_be_bytes(*length)), after),
                None => return Ok(None),
            },
            127 => match after.split_first_chunk() {
                Some((length, after)) => (u64::from_be_bytes(*length), after),
                None => return Ok(None),
            },
            short => (u64::from(short), after),
        };
        let Some((mask, after)) = after.split_first_chunk() else {
            return Ok(None);
        };
        Ok(Some(Self {
            is_last,
            opcode,
            mask: *mask,
            length,
            bytes: bytes.len() - after.len(),
        }))
    }

    fn is_control(&self) -> bool {
        self.opcode & CLOSE != 0
    }
}

/// Takes a client's mask off (section 5.3), sixteen bytes at a time.
fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let word = u128::from(u32::from_le_bytes(mask));
    let wide = word | word << 32 | word << 64 | word << 96;
    let (blocks, rest) = payload.as_chunks_mut();
    for block in blocks {
        *block = (u128::from_le_bytes(*block) ^ wide).to_le_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(wide.to_le_bytes()) {
        *byte ^= mask;
    }
}

/// Reads a close frame (section 5.5.1). One with a code that may not be sent is answered as what
/// it is.
fn close<'a>(payload: &[u8]) -> Result<Heard<'a>, Broken> {
    match payload {
        [] => Ok(Heard::Close(None)),
        [_] => Err(Broken::Protocol),
        [a, b, reason @ ..] => {
            std::str::from_utf8(reason).map_err(|_| Broken::NotUtf8)?;
            let code = u16::from_be_bytes([*a, *b]);
            let may_be_sent = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
            let answer = if may_be_sent {
                code
            } else {
                CloseCode::ProtocolError.as_u16()
            };
            Ok(Heard::Close(Some(answer)))
        }
    }
}

/// Appends a message.
pub fn push_text(frames: &mut Vec<u8>, text: &str) {
    push(frames, TEXT, text.as_bytes());
}

/// Appends a ping.
pub fn push_ping(frames: &mut Vec<u8>) {
    push(frames, PING, &[]);
}

/// Appends the answer to a ping.
pub fn push_pong(frames: &mut Vec<u8>, payload: &[u8]) {
    push(frames, PONG, payload);
}

/// Appends a close frame.
pub fn push_close(frames: &mut Vec<u8>, code: Option<u16>) {
    match code {
        Some(code) => push(frames, CLOSE, &code.to_be_bytes()),
        None => push(frames, CLOSE, &[]),
    }
}

/// Appends a frame; a server's are not masked.
fn push(frames: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    frames.push(LAST | opcode);
    match u16::try_from(payload.len()) {
        Ok(length) if usize::from(length) <= SHORT => frames.push(length.to_le_bytes()[0]),
        Ok(length) => {
            frames.push(126);
            frames.extend_from_slice(&length.to_be_bytes());
        }
        Err(_) => {
            frames.push(127);
            frames.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    frames.extend_from_slice(payload);
}

#[cfg(test)]
mod tests {
    use std::io::{self, Cursor, Read, Write};

    use proptest::prelude::*;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};
    use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader};
    use tokio_tungstenite::tungstenite::protocol::{Role, WebSocket};
    use tokio_tungstenite::tungstenite::{Bytes, Message};

    use super::*;

    /// What a client would write, by another implementation.
    fn client(opcode: OpCode, is_last: bool, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
        let header = FrameHeader {
            is_final: is_last,
            opcode,
            mask: Some(mask),
            ..FrameHeader::default()
        };
        let mut bytes = Vec::new();
        Frame::from_payload(header, Bytes::copy_from_slice(payload))
            .format(&mut bytes)
            .unwrap();
        bytes
    }

    fn text(text: &str) -> Heard<'_> {
        Heard::Text(text.into())
    }

    proptest! {
        #[test]
        fn what_another_client_writes_is_read(
            said in "\\PC{0,40}|[a-z]{120,130}|[a-z]{300}",
            mask: [u8; 4],
            cut: prop::sample::Index,
            split: prop::sample::Index,
        ) {
            let said_bytes = said.as_bytes();
            let (one, other) = said_bytes.split_at(split.index(said_bytes.len() + 1));
            let mut bytes = client(OpCode::Data(Data::Text), true, said_bytes, mask);
            // No part of it is taken for all of it.
            let cut = cut.index(bytes.len());
            let mut reader = Reader::default();
            let mut part = bytes[..cut].to_vec();
            prop_assert_eq!(reader.take(&mut part), Ok(None));
            let length = bytes.len();
            bytes.extend(b"more");
            let taken = reader.take(&mut bytes).unwrap().unwrap();
            prop_assert_eq!(&taken, &Taken { length, heard: text(&said) });

            // In two pieces, with a ping between them.
            let mut first = client(OpCode::Data(Data::Text), false, one, mask);
            let mut ping = client(OpCode::Control(Control::Ping), true, b"there?", mask);
            let mut last = client(OpCode::Data(Data::Continue), true, other, mask);
            prop_assert_eq!(reader.take(&mut first).unwrap().unwrap().heard, Heard::Part);
            let ping = reader.take(&mut ping).unwrap().unwrap().heard;
            prop_assert_eq!(ping, Heard::Ping(b"there?"));
            prop_assert_eq!(reader.take(&mut last).unwrap().unwrap().heard, text(&said));
        }

        #[test]
        fn whatever_comes_is_read_or_refused(mut bytes: Vec<u8>) {
            let mut reader = Reader::default();
            let mut rest = &mut bytes[..];
            while let Ok(Some(taken)) = reader.take(rest) {
                let length = taken.length;
                prop_assert!(length > 0);
                rest = &mut rest[length..];
            }
        }
    }

    #[test]
    fn another_client_reads_what_is_written() {
        struct Wire(Cursor<Vec<u8>>);
        impl Read for Wire {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0.read(buffer)
            }
        }
        impl Write for Wire {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let texts = [0, 1, 125, 126, 127, 65_535, 65_536, 100_000].map(|n| "é".repeat(n / 2));
        let mut frames = Vec::new();
        for text in &texts {
            push_text(&mut frames, text);
        }
        push_ping(&mut frames);
        push_pong(&mut frames, b"there");
        push_close(&mut frames, Some(4002));
        let wire = Wire(Cursor::new(frames));
        let mut reads = WebSocket::from_raw_socket(wire, Role::Client, None);
        for text in &texts {
            assert_eq!(reads.read().unwrap(), Message::text(text));
        }
        assert_eq!(reads.read().unwrap(), Message::Ping("".into()));
        assert_eq!(reads.read().unwrap(), Message::Pong("there".into()));
        let Message::Close(Some(close)) = reads.read().unwrap() else {
            panic!("no close with a code");
        };
        assert_eq!(u16::from(close.code), 4002);
    }

    #[test]
    fn a_message_comes_in_so_many_frames_at_most() {
        let whole = |frames: u32| {
            let mut reader = Reader::default();
            for number in 1..=frames {
                let kind = if number == 1 {
                    Data::Text
                } else {
                    Data::Continue
                };
                let is_last = number == frames;
                let mut bytes = client(OpCode::Data(kind), is_last, b"", [7; 4]);
                let taken = reader.take(&mut bytes)?.unwrap();
                assert_eq!(taken.heard == text(""), is_last);
            }
            Ok(())
        };
        assert_eq!(whole(MAX_FRAMES), Ok(()));
        assert_eq!(whole(MAX_FRAMES + 1), Err(Broken::TooManyFrames));
    }

    #[test]
    fn a_close_is_answered_by_its_code_if_that_may_be_sent() {
        let close = |payload: &[u8]| {
            let mut bytes = client(OpCode::Control(Control::Close), true, payload, [7; 4]);
            let taken = Reader::default().take(&mut bytes)?;
            match taken.map(|taken| taken.heard) {
                Some(Heard::Close(code)) => Ok(code),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(close(b""), Ok(None));
        assert_eq!(close(&[3, 232]), Ok(Some(1000)));
        assert_eq!(close(&[15, 160, b'b', b'y', b'e']), Ok(Some(4000)));
        for bad in [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, u16::MAX] {
            assert_eq!(close(&bad.to_be_bytes()), Ok(Some(1002)), "{bad}");
        }
        assert_eq!(close(&[3]), Err(Broken::Protocol));
        assert_eq!(close(&[3, 232, 0xFF]), Err(Broken::NotUtf8));
    }
}
