//! The client's side of the words, for who tests a server: requests are written, responses read.
//! Repeating them and waiting for them is left to the caller.

use std::fmt;
use std::net::SocketAddr;

use crate::channel;
use crate::message::Message;
use crate::wire::{
    CHANNEL_NUMBER, Class, DATA, LIFETIME, Method, NONCE, REALM, REQUESTED_ADDRESS_FAMILY,
    REQUESTED_TRANSPORT, USERNAME, XOR_PEER_ADDRESS,
};
use crate::writer::Writer;
use crate::{Family, Key};

/// Names a request, and is repeated in its response. It should not be foreseeable.
pub type Transaction = [u8; 12];

/// What a client needs to know to sign its requests.
#[derive(Clone)]
pub struct Session {
    username: String,
    password: String,
    /// What the server said in its 401 or 438.
    challenge: Option<Challenge>,
}

#[derive(Clone)]
struct Challenge {
    realm: String,
    nonce: Vec<u8>,
    key: Key,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session(…)")
    }
}

impl Session {
    /// A client with these credentials.
    pub fn new(username: &str, password: &str) -> Self {
        Self {
            username: username.to_owned(),
            password: password.to_owned(),
            challenge: None,
        }
    }

    /// Takes realm and nonce from an error response. True if the request is worth repeating: it
    /// was 438, or 401 when nothing was known yet.
    pub fn learn(&mut self, response: &Message<'_>) -> bool {
        let again = match response.error {
            Some(401) => self.challenge.is_none(),
            Some(438) => true,
            _ => false,
        };
        let realm = response.realm.and_then(|it| std::str::from_utf8(it).ok());
        let (true, Some(realm), Some(nonce)) = (again, realm, response.nonce) else {
            return false;
        };
        self.challenge = Some(Challenge {
            realm: realm.to_owned(),
            nonce: nonce.to_owned(),
            key: Key::long_term(&self.username, realm, &self.password),
        });
        true
    }

    /// Whether a response is signed with this session's key.
    pub fn signed(&self, response: &Message<'_>) -> bool {
        let challenge = self.challenge.as_ref();
        challenge.is_some_and(|it| response.is_signed_with(&it.key))
    }

    /// Asks for an allocation, of this family or the server's choice.
    pub fn allocate(&self, transaction: Transaction, family: Option<Family>) -> Vec<u8> {
        self.signed_request(Method::Allocate, transaction, |request| {
            request.attribute(REQUESTED_TRANSPORT, &[17, 0, 0, 0]);
            if let Some(family) = family {
                let family = if family == Family::V4 { 1 } else { 2 };
                request.attribute(REQUESTED_ADDRESS_FAMILY, &[family, 0, 0, 0]);
            }
        })
    }

    /// Asks for the allocation to last this many seconds more; 0 ends it.
    pub fn refresh(&self, transaction: Transaction, seconds: u32) -> Vec<u8> {
        self.signed_request(Method::Refresh, transaction, |request| {
            request.number(LIFETIME, seconds);
        })
    }

    /// Permits peers to send.
    pub fn create_permission(&self, transaction: Transaction, peers: &[SocketAddr]) -> Vec<u8> {
        self.signed_request(Method::CreatePermission, transaction, |request| {
            for peer in peers {
                request.address(XOR_PEER_ADDRESS, *peer);
            }
        })
    }

    /// Binds a channel (0x4000 to 0x4FFF) to a peer, and permits it.
    pub fn channel_bind(&self, transaction: Transaction, number: u16, peer: SocketAddr) -> Vec<u8> {
        self.signed_request(Method::ChannelBind, transaction, |request| {
            request.number(CHANNEL_NUMBER, u32::from(number) << 16);
            request.address(XOR_PEER_ADDRESS, peer);
        })
    }

    /// Any request, with the values of these attributes.
    pub fn request(
        &self,
        method: Method,
        transaction: Transaction,
        attributes: &[(u16, &[u8])],
    ) -> Vec<u8> {
        self.signed_request(method, transaction, |request| {
            for (kind, value) in attributes {
                request.attribute(*kind, value);
            }
        })
    }

    fn signed_request(
        &self,
        method: Method,
        transaction: Transaction,
        attributes: impl FnOnce(&mut Writer),
    ) -> Vec<u8> {
        let mut request = Writer::new(method, Class::Request, transaction);
        attributes(&mut request);
        if let Some(challenge) = &self.challenge {
            request.attribute(USERNAME, self.username.as_bytes());
            request.attribute(REALM, challenge.realm.as_bytes());
            request.attribute(NONCE, &challenge.nonce);
            request.integrity(&challenge.key);
        }
        request.finish()
    }
}

/// Asks what address the server sees.
pub fn binding(transaction: Transaction) -> Vec<u8> {
    Writer::new(Method::Binding, Class::Request, transaction).finish()
}

/// Data for a permitted peer, in a Send indication.
pub fn send_indication(transaction: Transaction, peer: SocketAddr, data: &[u8]) -> Vec<u8> {
    let mut indication = Writer::new(Method::Send, Class::Indication, transaction);
    indication.address(XOR_PEER_ADDRESS, peer);
    indication.attribute(DATA, data);
    indication.finish()
}

/// Data for the peer of a channel; padded if it goes into a stream. `None` if it is too long.
pub fn channel_data(number: u16, data: &[u8], stream: bool) -> Option<Vec<u8>> {
    let length = u16::try_from(data.len()).ok()?;
    let mut message = channel::header(number, length).to_vec();
    message.extend_from_slice(data);
    if stream {
        message.resize(message.len().next_multiple_of(4), 0);
    }
    Some(message)
}

/// What a server sends.
#[derive(Debug, Clone)]
pub enum FromServer<'a> {
    /// A response to a request.
    Response(Message<'a>),
    /// Data from a peer.
    Data {
        /// From whom.
        peer: SocketAddr,
        /// What.
        data: &'a [u8],
    },
    /// Data from the peer of a channel.
    Channel {
        /// Which channel.
        number: u16,
        /// What.
        data: &'a [u8],
    },
}

impl<'a> FromServer<'a> {
    /// Reads one message; `None` if a server says no such thing.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        if let Some((number, data)) = channel::parse(bytes) {
            let data = bytes.get(data)?;
            return Some(Self::Channel { number, data });
        }
        let message = Message::parse(bytes)?;
        match (message.class, message.method) {
            (Class::Success | Class::Error, _) => Some(Self::Response(message)),
            (Class::Indication, Method::Data) => {
                let peer = message.peer()?;
                let data = bytes.get(message.data?)?;
                Some(Self::Data { peer, data })
            }
            _ => None,
        }
    }
}
