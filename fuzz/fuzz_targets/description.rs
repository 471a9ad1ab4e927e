//! Offers and answers mean the same by the server's short way of reading them as by the long one.
#![no_main]

use crabcall::signalling::codec::decode;
use libfuzzer_sys::fuzz_target;
use protocol::ClientMessage;

fuzz_target!(|input: (bool, &str, &str, &str, &str)| {
    let (is_offer, to, connection, sdp, end) = input;
    let kind = if is_offer { "offer" } else { "answer" };
    // What is made up stands where it is right, or in place of it.
    let to = if to.len() < 4 { "AAAAAAAAAA-_" } else { to };
    let text =
        format!(r#"{{"type":"{kind}","to":"{to}","connection":{connection},"sdp":"{sdp}"{end}}}"#);
    let long = serde_json::from_str::<ClientMessage>(&text).ok();
    let long = long.filter(|it| !matches!(it, ClientMessage::Unknown));
    assert_eq!(decode(&text).ok(), long);
});
