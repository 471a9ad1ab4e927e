//! Any bytes are a message or none; a stream's frames lie within it; what a client reads lies
//! within what it was given.
#![no_main]

use libfuzzer_sys::fuzz_target;
use turn::client::FromServer;
use turn::{Key, MAX_FRAME, Message};

fuzz_target!(|bytes: &[u8]| {
    if let Some(message) = Message::parse(bytes) {
        let _ = message.is_signed_with(&Key::new(b"key"));
        assert!(message.peers().count() <= bytes.len() / 4);
        if let Some(data) = &message.data {
            assert!(bytes.get(data.clone()).is_some());
        }
    }
    let _ = FromServer::parse(bytes);
    let mut stream = bytes;
    while let Ok(Some(frame)) = turn::frame(stream) {
        assert!(frame.message <= frame.whole && frame.whole <= MAX_FRAME);
        assert!(frame.message >= 4);
        stream = &stream[frame.whole..];
    }
});
