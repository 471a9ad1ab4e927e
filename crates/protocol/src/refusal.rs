//! Why a server refuses a page by its origin, before anything was said. It stands in a header of
//! the answer, so that the page can tell its user and the operator.

use serde::Serialize;

/// Header of an answer with status 403: a [`WrongOrigin`].
pub const REFUSED: &str = "crabcall-refused";

/// Why the origin of a request is not the one that the server expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WrongOrigin {
    /// There is no `Origin` header, or more than one.
    NoOrigin,
    /// A page of another site asked, or a proxy that leaves no trace stands between.
    OtherSite,
    /// A proxy stands between that the server was not told of.
    UnknownProxy,
    /// The proxy asked for another host than the browser did.
    ProxyHost,
    /// The proxy tells another scheme than the browser used.
    ProxyScheme,
    /// The proxy asked for another port than the browser did.
    ProxyPort,
}

impl WrongOrigin {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::NoOrigin,
        Self::OtherSite,
        Self::UnknownProxy,
        Self::ProxyHost,
        Self::ProxyScheme,
        Self::ProxyPort,
    ];

    /// As it is written in the header.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoOrigin => "no_origin",
            Self::OtherSite => "other_site",
            Self::UnknownProxy => "unknown_proxy",
            Self::ProxyHost => "proxy_host",
            Self::ProxyScheme => "proxy_scheme",
            Self::ProxyPort => "proxy_port",
        }
    }

    /// Reads the header. A word that is not known is one of a newer server, and what it has in
    /// common with all the others is that the page is not taken for one of the server's.
    pub fn read(text: &str) -> Self {
        let mut all = Self::ALL.into_iter();
        let found = all.find(|it| it.as_str() == text);
        found.unwrap_or(Self::OtherSite)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for it in WrongOrigin::ALL {
            assert_eq!(WrongOrigin::read(it.as_str()), it);
            assert_eq!(serde_json::to_value(it).unwrap(), it.as_str());
        }
        assert_eq!(
            WrongOrigin::read("a word of tomorrow"),
            WrongOrigin::OtherSite
        );
    }
}
