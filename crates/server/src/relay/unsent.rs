//! What waits for a client that comes by TCP, and how it is written.

use std::io::{self, Write};

use rustls::ServerConnection;
use turn::Header;

/// What may wait for a client that does not read: a tenth of a second of a good picture. Beyond it
/// data is dropped, as a network would.
const DATA: usize = 64 * 1024;
/// Up to here replies may wait, besides the data.
const REPLIES: usize = DATA + 16 * 1024;
/// What is encrypted at once: a record (RFC 8446, section 5.1). The next one is made when the one
/// before is written, so that no more than one waits in the TLS connection, which has no bound.
const RECORD: usize = 16 * 1024;
/// How much memory is kept when nothing waits.
const KEPT: usize = 16 * 1024;

/// Bytes for one client.
#[derive(Default)]
pub(super) struct Unsent {
    bytes: Vec<u8>,
    /// How many of them are written, or encrypted.
    done: usize,
}

/// There was no room in the queue.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

impl Unsent {
    /// How many bytes are yet to be written, or encrypted.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.done
    }

    /// Adds data.
    pub(super) fn data(&mut self, header: &Header, data: &[u8]) -> Result<(), Full> {
        self.make_room(header.size(data.len()), DATA)?;
        header.append(&mut self.bytes, data);
        Ok(())
    }

    /// Adds a reply.
    pub(super) fn reply(&mut self, message: &[u8]) -> Result<(), Full> {
        self.make_room(message.len(), REPLIES)?;
        self.bytes.extend_from_slice(message);
        Ok(())
    }

    fn make_room(&mut self, size: usize, limit: usize) -> Result<(), Full> {
        if self.len() + size > limit {
            return Err(Full);
        }
        if self.done >= KEPT {
            self.bytes.drain(..self.done);
            self.done = 0;
        }
        Ok(())
    }

    /// Writes everything, beginning with what the TLS connection itself has to send. Fails with
    /// `WouldBlock` when the socket takes no more, and is called again when it does.
    pub(super) fn write(
        &mut self,
        tls: Option<&mut ServerConnection>,
        socket: &mut impl Write,
    ) -> io::Result<()> {
        match tls {
            None => self.write_plain(socket)?,
            Some(tls) => self.write_encrypted(tls, socket)?,
        }
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
        self.done = 0;
        Ok(())
    }

    fn write_plain(&mut self, socket: &mut impl Write) -> io::Result<()> {
        while let Some(rest) = self.bytes.get(self.done..).filter(|rest| !rest.is_empty()) {
            match socket.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => self.done += written,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn write_encrypted(
        &mut self,
        tls: &mut ServerConnection,
        socket: &mut impl Write,
    ) -> io::Result<()> {
        loop {
            while tls.wants_write() {
                match tls.write_tls(socket) {
                    Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            let record = self.done..self.bytes.len().min(self.done + RECORD);
            match self.bytes.get(record).unwrap_or_default() {
                [] => return Ok(()),
                record => {
                    tls.writer().write_all(record)?;
                    self.done += record.len();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Read as _, sync::Arc};

    use rustls::{
        ClientConfig, ClientConnection, RootCertStore, ServerConfig, pki_types::PrivateKeyDer,
    };

    use super::*;

    /// The most that is held: what may wait, one record, and what TLS puts around it.
    const MOST: usize = REPLIES + RECORD + 1_024;

    /// A socket that takes so many bytes and then no more, as if the other end did not read.
    struct Slow {
        takes: usize,
        written: Vec<u8>,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.takes == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let taken = bytes.len().min(self.takes);
            self.takes -= taken;
            self.written.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Both ends of a TLS connection after their handshake.
    fn tls() -> (ServerConnection, ClientConnection) {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = made.cert.der().clone();
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(certificate).unwrap();
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut server = ServerConnection::new(Arc::new(server)).unwrap();
        let name = "localhost".try_into().unwrap();
        let mut client = ClientConnection::new(Arc::new(client), name).unwrap();
        while client.is_handshaking() || server.is_handshaking() || server.wants_write() {
            let mut said = Vec::new();
            while client.wants_write() {
                client.write_tls(&mut said).unwrap();
            }
            server.read_tls(&mut &said[..]).unwrap();
            server.process_new_packets().unwrap();
            let mut answer = Vec::new();
            while server.wants_write() {
                server.write_tls(&mut answer).unwrap();
            }
            client.read_tls(&mut &answer[..]).unwrap();
            client.process_new_packets().unwrap();
        }
        (server, client)
    }

    /// Sends megabytes to somebody who reads a kilobyte at a time. Returns how much was held at the
    /// end, all that was read, and how many messages were accepted.
    fn read_slowly(mut tls: Option<&mut ServerConnection>) -> (usize, Vec<u8>, usize) {
        let mut waiting = Unsent::default();
        let mut socket = Slow {
            takes: 0,
            written: Vec::new(),
        };
        let mut said = 0;
        for round in 0..2_000_u32 {
            for _ in 0..100 {
                let message = round.to_be_bytes().repeat(250);
                said += usize::from(waiting.reply(&message).is_ok());
            }
            socket.takes = 1_000;
            let error = waiting.write(tls.as_deref_mut(), &mut socket).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        }
        let read = socket.written.len();
        assert!(read >= 2_000_000);
        socket.takes = usize::MAX;
        waiting.write(tls, &mut socket).unwrap();
        assert_eq!(waiting.len(), 0);
        let kept = waiting.bytes.capacity();
        assert!(kept <= KEPT, "{kept} bytes are kept for nothing");
        (socket.written.len() - read, socket.written, said)
    }

    /// Checks that these are whole messages, in their order.
    fn are_whole(got: &[u8], said: usize) {
        assert_eq!(got.len(), said * 1_000);
        let numbers = got
            .chunks_exact(4)
            .map(|it| u32::from_be_bytes(it.try_into().unwrap()));
        assert!(numbers.is_sorted());
        assert!(got.chunks_exact(1_000).all(|it| it[..4] == it[996..]));
    }

    #[test]
    fn no_more_is_held_for_a_slow_reader_than_may_wait() {
        let (held, got, said) = read_slowly(None);
        assert!(held <= MOST, "{held} bytes");
        are_whole(&got, said);
    }

    #[test]
    fn no_more_is_held_for_a_slow_reader_by_tls_either() {
        let (mut server, mut client) = tls();
        let (held, encrypted, said) = read_slowly(Some(&mut server));
        assert!(held <= MOST, "{held} bytes");
        let (mut encrypted, mut got) = (&encrypted[..], Vec::new());
        while !encrypted.is_empty() {
            client.read_tls(&mut encrypted).unwrap();
            let state = client.process_new_packets().unwrap();
            let mut plain = vec![0; state.plaintext_bytes_to_read()];
            client.reader().read_exact(&mut plain).unwrap();
            got.extend(plain);
        }
        are_whole(&got, said);
    }
}
