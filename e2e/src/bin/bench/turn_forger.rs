//! Requests to a relay from addresses that are not the sender's own.

use std::{
    io::ErrorKind,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
};

use anyhow::{Context, Result};
use quinn_udp::{RecvMeta, Transmit, UdpSocketState};

/// A request without credentials, made as long by an attribute that may be ignored (SOFTWARE).
pub fn request(method: u16, size: usize) -> Vec<u8> {
    let mut message = vec![0; 20];
    let put = |message: &mut Vec<u8>, at: usize, bytes: &[u8]| {
        if let Some(place) = message.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    };
    put(&mut message, 0, &method.to_be_bytes());
    put(&mut message, 4, &[0x21, 0x12, 0xa4, 0x42, 7, 7, 7, 7]);
    let mut left = size.saturating_sub(20);
    if method == 0x003 && left >= 8 {
        // UDP is to be relayed.
        message.extend([0, 0x19, 0, 4, 17, 0, 0, 0]);
        left -= 8;
    }
    if let Some(filling) = left.checked_sub(4) {
        let filling = filling & !3;
        message.extend([0x80, 0x22]);
        message.extend((filling as u16).to_be_bytes());
        message.resize(message.len() + filling, b'x');
    }
    let body = (message.len() - 20) as u16;
    put(&mut message, 2, &body.to_be_bytes());
    message
}

/// Sends from addresses that are not its own; what goes to them comes to it.
pub struct Forger {
    socket: UdpSocket,
    state: UdpSocketState,
}

impl Forger {
    pub fn new() -> Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        let state = UdpSocketState::new((&socket).into())?;
        Ok(Self { socket, state })
    }

    /// What the socket does not take is lost, as on a network.
    pub fn send(&self, from: Ipv4Addr, to: SocketAddr, contents: &[u8]) -> Result<()> {
        let transmit = Transmit {
            destination: to,
            ecn: None,
            contents,
            segment_size: None,
            src_ip: Some(from.into()),
        };
        match self.state.try_send((&self.socket).into(), &transmit) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => {
                Err(error).context("send from a forged address")
            }
            _ => Ok(()),
        }
    }

    /// Calls `each` for every datagram that has arrived, with the address that it was sent to and its size
    /// in bytes.
    pub fn receive(&self, mut each: impl FnMut(IpAddr, usize)) -> Result<()> {
        let mut buffer = vec![0; 65_536];
        loop {
            let mut meta = [RecvMeta::default()];
            let mut buffers = [std::io::IoSliceMut::new(&mut buffer)];
            match self
                .state
                .recv((&self.socket).into(), &mut buffers, &mut meta)
            {
                Ok(_) => {
                    let [meta] = meta;
                    let to = meta.dst_ip.context("the kernel does not say to whom")?;
                    each(to, meta.len);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
