//! Which way a call's media takes.

use std::fmt;

use anyhow::Result;
use e2e::Browser;
use serde_json::Value;

const PATH: &str = include_str!("../../js/path.js");

/// The way as one side knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Path {
    /// From browser to browser.
    Direct,
    /// Through this side's allocation on the relay, which it reaches by UDP.
    Udp,
    /// By TCP.
    Tcp,
    /// By TLS.
    Tls,
    /// Only the other side has an allocation.
    OtherRelay,
}

impl Path {
    fn read(pair: &Value) -> Option<Self> {
        let text = |side: &str, name: &str| pair.get(side)?.get(name)?.as_str();
        let local = text("local", "kind")?;
        let remote = text("remote", "kind")?;
        // Firefox has its own words for candidates that a check has found.
        let is_relay = |kind: &str| kind.contains("relay");
        Some(match (is_relay(local), is_relay(remote)) {
            (true, _) => match text("local", "protocol")? {
                "tls" => Self::Tls,
                "tcp" => Self::Tcp,
                _ => Self::Udp,
            },
            (false, true) => Self::OtherRelay,
            (false, false) => Self::Direct,
        })
    }

    /// Whether media goes through the server.
    pub fn is_relayed(self) -> bool {
        self != Self::Direct
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Direct => "direct",
            Self::Udp => "relay udp",
            Self::Tcp => "relay tcp",
            Self::Tls => "relay tls",
            Self::OtherRelay => "other's relay",
        })
    }
}

/// The path now, and the pair in words; None while there is none.
pub async fn of(browser: &Browser) -> Result<Option<(Path, String)>> {
    let pair = browser.run(PATH, vec![]).await?;
    Ok(Path::read(&pair).map(|path| (path, pair.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn path(local: (&str, &str), remote: &str) -> Option<Path> {
        let (kind, protocol) = local;
        Path::read(&json!({
            "local": { "kind": kind, "protocol": protocol },
            "remote": { "kind": remote },
        }))
    }

    #[test]
    fn a_relay_on_either_side_is_a_relay() {
        assert_eq!(path(("srflx", "udp"), "prflx"), Some(Path::Direct));
        assert_eq!(path(("relay", "tls"), "host"), Some(Path::Tls));
        assert_eq!(path(("relay", "udp"), "relay"), Some(Path::Udp));
        assert_eq!(path(("host", "udp"), "relay"), Some(Path::OtherRelay));
        assert_eq!(Path::read(&Value::Null), None);
    }
}
