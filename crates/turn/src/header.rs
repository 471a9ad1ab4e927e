//! What is put around data on its way to a client.

use std::net::SocketAddr;
use std::ops::Range;

use crate::address;
use crate::channel;
use crate::wire::{self, Class, Method, kind};

/// How many bytes a [`Header`] has at most: those of a Data indication from an IPv6 peer.
pub const HEADROOM: usize = 48;
/// How many bytes of padding follow the data at most.
pub const TAILROOM: usize = 3;

/// Goes before data to a client: of a ChannelData message or of a Data indication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    bytes: [u8; HEADROOM],
    length: u8,
    padding: u8,
}

impl Header {
    /// The header of ChannelData. Only in a stream it is padded.
    pub(crate) fn channel(number: u16, length: u16, stream: bool) -> Self {
        let mut bytes = [0; HEADROOM];
        if let Some(start) = bytes.first_chunk_mut() {
            *start = channel::header(number, length);
        }
        Self {
            bytes,
            length: 4,
            padding: if stream { padding(length) } else { 0 },
        }
    }

    /// The header of a Data indication (RFC 8656, section 11.4), which always is padded. `None`
    /// if a message cannot be that long.
    pub(crate) fn indication(transaction: [u8; 12], peer: SocketAddr, length: u16) -> Option<Self> {
        let mut bytes = [0; HEADROOM];
        let value = address::xored(peer, &transaction);
        let end = 20 + 4 + value.len() + 4;
        let padding = padding(length);
        let body = u16::try_from(end - 20).ok()?;
        let body = body.checked_add(length)?.checked_add(padding.into())?;
        let address_length = u16::try_from(value.len()).ok()?;
        let parts: [&[u8]; 9] = [
            &kind(Method::Data, Class::Indication).to_be_bytes(),
            &body.to_be_bytes(),
            &wire::COOKIE,
            &transaction,
            &wire::XOR_PEER_ADDRESS.to_be_bytes(),
            &address_length.to_be_bytes(),
            &value,
            &wire::DATA.to_be_bytes(),
            &length.to_be_bytes(),
        ];
        let all = parts.iter().copied().flatten();
        for (to, from) in bytes.iter_mut().zip(all) {
            *to = *from;
        }
        Some(Self {
            bytes,
            length: u8::try_from(end).ok()?,
            padding,
        })
    }

    /// The bytes before the data.
    pub fn bytes(&self) -> &[u8] {
        self.bytes
            .get(..usize::from(self.length))
            .unwrap_or_default()
    }

    /// How many zeros follow the data; at most [`TAILROOM`].
    pub fn padding(&self) -> usize {
        self.padding.into()
    }

    /// The length of the whole message around this much data.
    pub fn size(&self, data: usize) -> usize {
        usize::from(self.length) + data + self.padding()
    }

    /// Appends the whole message to a buffer.
    pub fn append(&self, buffer: &mut Vec<u8>, data: &[u8]) {
        buffer.extend_from_slice(self.bytes());
        buffer.extend_from_slice(data);
        buffer.resize(buffer.len() + self.padding(), 0);
    }

    /// Writes header and padding around data that is in place already. Gives where the message
    /// is; `None` if there is no room around the data.
    pub fn put(&self, buffer: &mut [u8], data: Range<usize>) -> Option<Range<usize>> {
        let start = data.start.checked_sub(self.length.into())?;
        let end = data.end.checked_add(self.padding())?;
        buffer.get_mut(data.end..end)?.fill(0);
        buffer
            .get_mut(start..data.start)?
            .copy_from_slice(self.bytes());
        Some(start..end)
    }
}

fn padding(length: u16) -> u8 {
    (4 - (length % 4) as u8) % 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;

    #[test]
    fn a_data_indication_reads_back() {
        for peer in ["192.0.2.1:9", "[2001:db8::7]:65535"] {
            let peer: SocketAddr = peer.parse().unwrap();
            for data in [&b""[..], b"1", b"12", b"123", b"1234", b"12345"] {
                let length = u16::try_from(data.len()).unwrap();
                let header = Header::indication([7; 12], peer, length).unwrap();
                let mut whole = Vec::new();
                header.append(&mut whole, data);
                assert_eq!(whole.len(), header.size(data.len()));
                let message = Message::parse(&whole).unwrap();
                assert_eq!(message.class, Class::Indication);
                assert_eq!(message.method, Method::Data);
                assert_eq!(message.peers().collect::<Vec<_>>(), [Some(peer)]);
                assert_eq!(&whole[message.data.clone().unwrap()], data);
            }
        }
        let peer = "192.0.2.1:9".parse().unwrap();
        assert_eq!(Header::indication([7; 12], peer, 65_534), None);
    }

    #[test]
    fn a_header_is_put_around_data_in_place() {
        let header = Header::channel(0x4000, 5, true);
        let mut buffer = [0xFF; 14];
        assert_eq!(header.put(&mut buffer, 5..10), Some(1..13));
        assert_eq!(
            buffer,
            [255, 0x40, 0, 0, 5, 255, 255, 255, 255, 255, 0, 0, 0, 255]
        );
        assert_eq!(header.put(&mut buffer, 3..8), None, "no room in front");
        assert_eq!(header.put(&mut buffer, 9..14), None, "no room behind");
        assert_eq!(Header::channel(0x4000, 5, false).padding(), 0);
        for (length, padding) in [(0, 0), (1, 3), (2, 2), (3, 1), (4, 0)] {
            assert_eq!(Header::channel(0x4000, length, true).padding(), padding);
        }
    }
}
