//! Any text is a message or an error; a message written and read again is the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::ClientMessage;

fuzz_target!(|text: &str| {
    if let Ok(message) = serde_json::from_str::<ClientMessage>(text) {
        let written = serde_json::to_string(&message).expect("a message can be written");
        let read: ClientMessage = serde_json::from_str(&written).expect("and read again");
        assert_eq!(message, read);
    }
});
