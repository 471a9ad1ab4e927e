//! Ports for the programs of one test, while other tests run.

use std::{
    env,
    fs::{self, File},
    net::{Ipv4Addr, TcpListener, UdpSocket},
    process,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, Result};

/// Below what systems give to sockets that name no port (Linux: from 32768 on), or the next
/// connection of any program could take the port of one that is started later, or again.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// Held until this process ends; nobody else gets these ports until then.
static TAKEN: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// A port, for TCP and UDP, that nobody listens on now and that no other test gets.
pub fn free_port() -> Result<u16> {
    let folder = env::temp_dir().join("crabcall-ports");
    fs::create_dir_all(&folder)?;
    let start = process::id().wrapping_mul(37) % u32::from(PORTS.end - PORTS.start);
    let start = PORTS.start + u16::try_from(start)?;
    for port in (start..PORTS.end).chain(PORTS.start..start) {
        let file = File::create(folder.join(port.to_string()))?;
        if file.try_lock().is_ok() && nobody_listens(port) {
            let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
            taken.push(file);
            return Ok(port);
        }
    }
    None.context("no port is free")
}

fn nobody_listens(port: u16) -> bool {
    // Any address of the computer, and both kinds of address.
    let address = (Ipv4Addr::UNSPECIFIED, port);
    TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nobody_gets_a_port_twice() -> Result<()> {
        let ports: BTreeSet<u16> = (0..50).map(|_| free_port()).collect::<Result<_>>()?;
        assert_eq!(ports.len(), 50);
        Ok(())
    }
}
