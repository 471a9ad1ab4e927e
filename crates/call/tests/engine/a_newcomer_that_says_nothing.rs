//! A newcomer that neither offers nor answers gets offers again and again.

use protocol::ClientMessage;

use crate::support::{Host, id};

/// The numbers of the peer connections that were offered, each with the second in which its offer
/// came.
fn offers_to(newcomer: u32) -> Vec<(u32, u64)> {
    let mut host = Host::waiting();
    let begin = host.now;
    host.is_joined_by(&id(newcomer));
    let mut offers = Vec::new();
    host.until(|host| {
        let number = host.said.iter().rev().find_map(|message| match message {
            ClientMessage::Offer { connection, .. } => Some(*connection),
            _ => None,
        });
        if let Some(number) = number.filter(|it| offers.last().is_none_or(|(last, _)| last != it)) {
            offers.push((number, (host.now - begin).as_secs()));
        }
        offers.len() == 4
    });
    offers
}

#[test]
fn it_is_offered_to_as_the_document_says() {
    let polite = offers_to(6);
    assert_eq!(polite, [(1, 5), (2, 18), (3, 31), (4, 44)]);
    let impolite = offers_to(4);
    assert_eq!(impolite, [(1, 5), (2, 15), (3, 25), (4, 35)]);
    let document = include_str!("../../../../PROTOCOL.md");
    for words in [
        "offers of connection 1 after 5 seconds, of connection 2 after 18, of 3 after 31, of 4 after 44",
        "after 5, 15, 25 and 35 seconds",
    ] {
        assert!(document.contains(words), "{words}");
    }
}
