//! Messages in a stream (RFC 8656, section 12.5; RFC 8489, section 6.2.2).

use thiserror::Error;

use crate::channel;
use crate::wire::HEADER;

/// The longest message, padding included, that is read from a stream. What browsers send fits
/// into a datagram.
pub const MAX_FRAME: usize = 4_096;

/// The first message of what was read from a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// The length of the message, which begins the stream's bytes.
    pub message: usize,
    /// How many bytes it takes with its padding: the next message begins there.
    pub whole: usize,
}

/// The stream is not one of STUN messages and ChannelData, or has a message beyond [`MAX_FRAME`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the stream is not TURN")]
pub struct NotTurn;

/// The first message in `buffered`; `None` while it is not there as a whole.
///
/// # Errors
/// No message begins like this: the stream cannot be followed any more.
pub fn frame(buffered: &[u8]) -> Result<Option<Frame>, NotTurn> {
    let Some(&[kind, _, high, low]) = buffered.first_chunk::<4>() else {
        let hopeless = buffered.first().is_some_and(|first| !begins(*first));
        return if hopeless { Err(NotTurn) } else { Ok(None) };
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    let message = match kind {
        0x00..=0x3F if begins(kind) && length.is_multiple_of(4) => HEADER + length,
        _ if channel::begins(kind) => channel::HEADER + length,
        _ => return Err(NotTurn),
    };
    let whole = message.next_multiple_of(4);
    if whole > MAX_FRAME {
        return Err(NotTurn);
    }
    Ok((buffered.len() >= whole).then_some(Frame { message, whole }))
}

/// True if a message may begin with this byte: a STUN message of this version's methods, or
/// ChannelData (RFC 7983).
pub fn begins(first: u8) -> bool {
    first <= 3 || channel::begins(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_one_after_the_other() {
        let mut stream = vec![0x40, 0, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0];
        stream.extend([0, 1, 0, 0]);
        stream.extend([0; 16]);
        let first = frame(&stream).unwrap().unwrap();
        assert_eq!((first.message, first.whole), (9, 12));
        let second = frame(&stream[first.whole..]).unwrap().unwrap();
        assert_eq!((second.message, second.whole), (20, 20));
        assert_eq!(frame(&[]), Ok(None));
        for cut in 0..12 {
            assert_eq!(frame(&stream[..cut]), Ok(None), "{cut} bytes");
        }
    }

    #[test]
    fn what_is_no_message_or_too_long_is_refused() {
        for first in 0..=255_u8 {
            let known = first <= 3 || (0x40..0x50).contains(&first);
            assert_eq!(frame(&[first]).is_ok(), known, "{first}");
            assert_eq!(frame(&[first, 0, 0, 0]).is_ok(), known, "{first}");
        }
        assert_eq!(frame(&[0, 1, 0, 2]), Err(NotTurn), "no multiple of 4");
        assert_eq!(frame(&[0x40, 0, 0x0F, 0xFC]), Ok(None), "4,092 and 4");
        assert_eq!(frame(&[0x40, 0, 0x0F, 0xFD]), Err(NotTurn));
        assert_eq!(frame(&[0x40, 0, 0xFF, 0xFF]), Err(NotTurn));
    }
}
