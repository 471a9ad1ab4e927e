//! Broken WebSocket framing (RFC 6455, section 5), and frames that are never finished.

use super::raw::{Raw, frame, header};
use crate::support::Server;

const PROTOCOL_ERROR: Option<u16> = Some(1002);
const INVALID_TEXT: Option<u16> = Some(1007);
const TOO_LARGE: Option<u16> = Some(1009);
const TOO_MANY: Option<u16> = Some(4003);

pub async fn run(server: &Server) -> usize {
    let mut cases = 0;
    for (bytes, code) in broken() {
        let mut raw = Raw::upgraded(server).await;
        raw.write(&bytes).await;
        let got = raw.close_code().await;
        assert_eq!(got, code, "to {:02x?}", &bytes[..bytes.len().min(24)]);
        cases += 1;
    }
    // Left in the middle, at every place of a message of two frames.
    let mut whole = frame(0x01, br#"{"type":"pi"#);
    whole.extend(frame(0x80, br#"ng","id":1}"#));
    for end in 0..whole.len() {
        let mut raw = Raw::upgraded(server).await;
        raw.write(&whole[..end]).await;
        drop(raw);
        cases += 1;
    }
    // Byte by byte is slow, and right.
    let mut raw = Raw::upgraded(server).await;
    for byte in &whole {
        raw.write(&[*byte]).await;
        tokio::task::yield_now().await;
    }
    raw.hear(br#"{"type":"pong","id":1}"#).await;
    cases + 1
}

fn broken() -> Vec<(Vec<u8>, Option<u16>)> {
    let mut cases = Vec::new();
    // Reserved bits, and opcodes that mean nothing.
    for bits in 1..8_u8 {
        cases.push((frame(0x81 | bits << 4, b"{}"), PROTOCOL_ERROR));
    }
    for opcode in (3..8).chain(11..16) {
        cases.push((frame(0x80 | opcode, b"{}"), PROTOCOL_ERROR));
        cases.push((frame(opcode, b""), PROTOCOL_ERROR));
    }
    // Not masked.
    for first in [0x81, 0x82, 0x88, 0x89] {
        cases.push((vec![first, 2, b'{', b'}'], PROTOCOL_ERROR));
    }
    // Control frames in fragments, and too long ones.
    for opcode in [0x08, 0x09, 0x0A] {
        cases.push((frame(opcode, b"ab"), PROTOCOL_ERROR));
        cases.push((frame(0x80 | opcode, &[b'a'; 126]), PROTOCOL_ERROR));
    }
    // A continuation of nothing, and a message within a message.
    cases.push((frame(0x80, b"{}"), PROTOCOL_ERROR));
    cases.push((frame(0x00, b"{}"), PROTOCOL_ERROR));
    for first in [0x01, 0x81, 0x02, 0x82] {
        cases.push((
            [frame(0x01, b"{"), frame(first, b"}")].concat(),
            PROTOCOL_ERROR,
        ));
    }
    // Text that is not UTF-8, whole and in fragments.
    let not_utf8: [&[u8]; 12] = [
        b"\x80",
        b"\xBF",
        b"\xC0\x80",
        b"\xC3",
        b"\xC3\x28",
        b"\xE2\x82",
        b"\xED\xA0\x80",
        b"\xF0\x9F\xA6",
        b"\xF4\x90\x80\x80",
        b"\xF8\x88\x80\x80\x80",
        b"\xFE",
        b"\xFF\xFF",
    ];
    for bytes in not_utf8 {
        for before in [&b""[..], b"{\"type\":\"ping\",\"id\":1,\"x\":\""] {
            let text = [before, bytes].concat();
            cases.push((frame(0x81, &text), INVALID_TEXT));
            let (one, other) = text.split_at(text.len() / 2);
            cases.push((
                [frame(0x01, one), frame(0x80, other)].concat(),
                INVALID_TEXT,
            ));
        }
    }
    // Longer than a message may be: said, sent, and in fragments.
    for length in [
        65_537,
        1 << 20,
        1 << 31,
        1 << 32,
        1 << 62,
        u64::MAX >> 1,
        u64::MAX,
    ] {
        for first in [0x81, 0x82, 0x01] {
            let mut bytes = header(first, length);
            bytes.extend([0; 4]);
            cases.push((bytes.clone(), TOO_LARGE));
            bytes.extend([0; 70_000]);
            cases.push((bytes, TOO_LARGE));
        }
    }
    let part = vec![b' '; 30_000];
    let parts = [
        frame(0x01, &part),
        frame(0x00, &part),
        frame(0x00, &part),
        frame(0x80, &part),
    ];
    cases.push((parts.concat(), TOO_LARGE));
    // Empty frames, which a limit of bytes does not end: in one message, and in many.
    let empty = frame(0x00, b"").repeat(17_000);
    cases.push(([frame(0x01, b""), empty].concat(), TOO_MANY));
    let message = [
        frame(0x01, b""),
        frame(0x00, b"").repeat(99),
        frame(0x80, b""),
    ];
    cases.push((message.concat().repeat(200), TOO_MANY));
    cases
}
