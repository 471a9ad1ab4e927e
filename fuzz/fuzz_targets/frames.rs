//! What a client sends on a WebSocket is read alike in one piece and in many.
#![no_main]

use crabcall::signalling::frames::Reader;
use libfuzzer_sys::fuzz_target;

/// All that is heard, and why it ended if it did.
fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let mut reader = Reader::default();
    let mut unread = Vec::new();
    let mut heard = Vec::new();
    for piece in pieces {
        unread.extend_from_slice(piece);
        loop {
            let length = match reader.take(&mut unread) {
                Ok(None) => break,
                Ok(Some(taken)) => {
                    heard.push(format!("{:?}", taken.heard));
                    taken.length
                }
                Err(broken) => {
                    heard.push(format!("{broken:?}"));
                    return heard;
                }
            };
            assert!(length > 0);
            unread.drain(..length);
        }
    }
    heard
}

fuzz_target!(|input: (u8, Vec<u8>)| {
    let (piece, bytes) = input;
    let whole = read(std::iter::once(&bytes[..]));
    let pieces = read(bytes.chunks(usize::from(piece).max(1)));
    assert_eq!(whole, pieces);
});
