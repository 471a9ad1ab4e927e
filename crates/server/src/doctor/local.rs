//! The server on this computer, when nobody says which one is meant.

use std::{fs, path::Path, time::Duration};

use tokio::{net::TcpStream, time::timeout};

use super::Target;

/// The file in its data folder to which a running server writes its address.
pub const ADDRESS_FILE: &str = "address";
/// The addresses at which servers usually are.
const USUAL: [&str; 3] = [
    "https://localhost:8443",
    "https://localhost",
    "http://localhost:8080",
];
/// How long each address is tried. On one's own computer nothing takes longer.
const PATIENCE: Duration = Duration::from_millis(500);

/// Finds the server on this computer. The address that the data folder names is tried first, then
/// the usual ones, and the first that takes a connection is returned. If none does, it is the first
/// that was tried.
pub async fn find(data_dir: Option<&Path>) -> Target {
    let left = data_dir.and_then(|dir| fs::read_to_string(dir.join(ADDRESS_FILE)).ok());
    let candidates: Vec<Target> = left
        .iter()
        .map(|address| address.trim())
        .chain(USUAL)
        .filter_map(|address| Target::parse(address).ok())
        .collect();
    for target in &candidates {
        let connecting = TcpStream::connect((target.bare_host(), target.port));
        if timeout(PATIENCE, connecting)
            .await
            .is_ok_and(|connected| connected.is_ok())
        {
            return target.clone();
        }
    }
    let first = candidates.into_iter().next();
    first.unwrap_or_else(Target::usual)
}
