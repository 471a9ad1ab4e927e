//! Why a step of the examination failed. The cause that the doctor names follows from the kind of
//! the error; its words are only for people.

use std::{error::Error as StdError, io};

use super::{PATIENCE, words};

/// What the relay answers to somebody who has as many allocations as one may have (RFC 8656,
/// section 19).
const QUOTA_REACHED: u16 = 486;
/// What the relay answers when it has no room for one more allocation.
const INSUFFICIENT_CAPACITY: u16 = 508;

#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("no answer in {} s", PATIENCE.as_secs())]
    Late,
    /// The other side ended the connection.
    #[error("{0}")]
    Closed(String),
    /// The relay refused a request with this error code.
    #[error("{}", refusal(*.0))]
    Refused(u16),
    /// Something else, of which nothing but these words is known.
    #[error("{0}")]
    Other(String),
}

impl Error {
    /// Whether the relay has no allocation left, for this address or for anybody.
    pub(super) fn is_too_many(&self) -> bool {
        matches!(self, Self::Refused(QUOTA_REACHED | INSUFFICIENT_CAPACITY))
    }

    /// The error of reading a body, which is hyper's where the connection failed.
    pub(super) fn of_body(error: Box<dyn StdError + Send + Sync>) -> Self {
        match error.downcast::<hyper::Error>() {
            Ok(error) => (*error).into(),
            Err(error) => Self::Other(words(error)),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Other("nobody listens there".to_owned()),
            io::ErrorKind::UnexpectedEof => {
                Self::Closed("the server closed the connection".to_owned())
            }
            _ if is_end(&error) => Self::Closed(words(error)),
            _ => Self::Other(words(error)),
        }
    }
}

impl From<hyper::Error> for Error {
    fn from(error: hyper::Error) -> Self {
        let io = error.source().and_then(|it| it.downcast_ref());
        if error.is_canceled()
            || error.is_closed()
            || error.is_incomplete_message()
            || io.is_some_and(is_end)
        {
            Self::Closed(words(error))
        } else {
            Self::Other(words(error))
        }
    }
}

impl From<axum::http::Error> for Error {
    fn from(error: axum::http::Error) -> Self {
        Self::Other(words(error))
    }
}

impl From<String> for Error {
    fn from(problem: String) -> Self {
        Self::Other(problem)
    }
}

impl From<&str> for Error {
    fn from(problem: &str) -> Self {
        Self::Other(problem.to_owned())
    }
}

/// Whether an error of a connection means that the other side ended it.
fn is_end(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof
    )
}

fn refusal(code: u16) -> String {
    match code {
        401 | 438 => "the server does not take its own credentials (401)".to_owned(),
        QUOTA_REACHED => "too many allocations for one participant or address (486)".to_owned(),
        INSUFFICIENT_CAPACITY => "the relay is full (508)".to_owned(),
        code => format!("refused with {code}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_the_other_side_ended_is_told_apart() {
        for (kind, is_closed) in [
            (io::ErrorKind::ConnectionReset, true),
            (io::ErrorKind::ConnectionAborted, true),
            (io::ErrorKind::BrokenPipe, true),
            (io::ErrorKind::UnexpectedEof, true),
            (io::ErrorKind::ConnectionRefused, false),
            (io::ErrorKind::InvalidData, false),
        ] {
            // The words of an error decide nothing.
            let error = Error::from(io::Error::new(kind, "the connection was closed"));
            assert_eq!(matches!(error, Error::Closed(_)), is_closed, "{error:?}");
        }
        let body = Error::of_body("the connection was closed".into());
        assert!(matches!(body, Error::Other(_)), "{body:?}");
    }

    #[test]
    fn a_relay_without_allocations_is_told_apart() {
        for (code, is_too_many) in [(486, true), (508, true), (401, false), (403, false)] {
            assert_eq!(Error::Refused(code).is_too_many(), is_too_many, "{code}");
        }
    }
}
