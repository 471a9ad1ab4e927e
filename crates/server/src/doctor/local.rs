//! The server on this computer, when nobody says which one is meant.

use std::{fs, path::Path, time::Duration};

use tokio::{net::TcpStream, time::timeout};

use super::Target;

/// Where a running server leaves its address, in its data folder.
pub const ADDRESS_FILE: &str = "address";
/// Where servers usually are.
const USUAL: [&str; 3] = [
    "https://localhost:8443",
    "https://localhost",
    "http://localhost:8080",
];
/// On one's own computer nothing takes longer.
const PATIENCE: Duration = Duration::from_millis(500);

/// The first of these at which somebody listens: what the data folder says, and where servers
/// usually are. The first of all, if nobody listens anywhere.
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
