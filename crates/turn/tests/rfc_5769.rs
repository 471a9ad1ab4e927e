//! The test vectors of RFC 5769: requests and responses as others wrote them.

use turn::{Class, Key, Message, Method};

/// Section 2.1.
const REQUEST: &str = "
    00010058 2112a442 b7e7a701 bc34d686 fa87dfae 80220010 5354554e 20746573 7420636c 69656e74
    00240004 6e0001ff 80290008 932ff9b1 51263b36 00060009 6576746a 3a683676 59202020 00080014
    9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2 80280004 e57a3bcf";
/// Section 2.2.
const RESPONSE_V4: &str = "
    0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200008
    0001a147 e112a643 00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 80280004 c07d4c96";
/// Section 2.3.
const RESPONSE_V6: &str = "
    01010048 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200014
    0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9 00080014 a382954e 4be67bf1 1784c97c 8292c275
    bfe3ed41 80280004 c8fb0b4c";
/// Section 2.4.
const LONG_TERM: &str = "
    00010060 2112a442 78ad3433 c6ad72c0 29da412e 00060012 e3839ee3 8388e383 aae38383 e382af
    e382b9 0000 0015001c 662f2f34 39396b39 35346436 4f4c3334 6f4c3946 53547679 3634 7341
    0014000b 6578616d 706c652e 6f726700 00080014 f67024 656dd64a 3e02b8e0 712e85c9 a28ca89666";

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().filter_map(|c| c.to_digit(16)).collect();
    let pairs = digits.chunks_exact(2);
    pairs
        .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | *digit as u8))
        .collect()
}

#[test]
fn a_request_with_a_short_term_credential() {
    let bytes = bytes(REQUEST);
    let message = Message::parse(&bytes).unwrap();
    assert_eq!(message.method, Method::Binding);
    assert_eq!(message.class, Class::Request);
    assert_eq!(message.username, Some(&b"evtj:h6vY"[..]));
    assert!(message.fingerprint);
    assert!(message.is_signed_with(&Key::new(b"VOkJxbRl1RmTxUk/WvJxBt")));
    assert!(!message.is_signed_with(&Key::new(b"VOkJxbRl1RmTxUk/WvJxBu")));
}

#[test]
fn responses_of_both_families() {
    let password = Key::new(b"VOkJxbRl1RmTxUk/WvJxBt");
    for (hex, mapped) in [
        (RESPONSE_V4, "192.0.2.1:32853"),
        (RESPONSE_V6, "[2001:db8:1234:5678:11:2233:4455:6677]:32853"),
    ] {
        let bytes = bytes(hex);
        let message = Message::parse(&bytes).unwrap();
        assert_eq!(message.class, Class::Success);
        assert_eq!(message.mapped, Some(mapped.parse().unwrap()));
        assert!(message.fingerprint);
        assert!(message.is_signed_with(&password));
    }
}

#[test]
fn a_request_with_a_long_term_credential() {
    let bytes = bytes(LONG_TERM);
    let message = Message::parse(&bytes).unwrap();
    let username = "\u{30DE}\u{30C8}\u{30EA}\u{30C3}\u{30AF}\u{30B9}";
    assert_eq!(message.username, Some(username.as_bytes()));
    assert_eq!(message.realm, Some(&b"example.org"[..]));
    assert_eq!(message.nonce, Some(&b"f//499k954d6OL34oL9FSTvy64sA"[..]));
    // The password as SASLprep prepares it, which is the client's to do.
    let key = Key::long_term(username, "example.org", "TheMatrIX");
    assert!(message.is_signed_with(&key));
}

#[test]
fn a_byte_that_changed_on_the_way_is_noticed() {
    let whole = bytes(REQUEST);
    let key = Key::new(b"VOkJxbRl1RmTxUk/WvJxBt");
    // Up to the fingerprint, whose own type tells another attribute when it changes.
    for at in 0..whole.len() - 8 {
        let mut changed = whole.clone();
        changed[at] ^= 0x20;
        // Where the change hides the fingerprint, the signature does not fit any more.
        let accepted = Message::parse(&changed).is_some_and(|it| it.is_signed_with(&key));
        assert!(!accepted, "byte {at}");
    }
}
