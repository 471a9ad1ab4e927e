//! What goes wrong on the way to a running server, as one line for the person who started it.

use std::{fmt, io, net::SocketAddr};

/// Why the program can't do what was asked: what it was, what is wrong with it, what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{subject}: {problem}; {remedy}")]
pub struct Fault {
    /// The option, file or address it is about.
    pub subject: String,
    /// What is wrong with it.
    pub problem: String,
    /// What the person can do about it.
    pub remedy: String,
}

impl Fault {
    /// A fault of these three parts. Line breaks in them become spaces, so that it stays one line.
    pub fn new(
        subject: impl fmt::Display,
        problem: impl fmt::Display,
        remedy: impl fmt::Display,
    ) -> Self {
        Self {
            subject: one_line(&subject.to_string()),
            problem: one_line(&problem.to_string()),
            remedy: one_line(&remedy.to_string()),
        }
    }

    /// Why a socket could not be bound, and what to do about it.
    pub fn of_binding(address: SocketAddr, option: &str, error: &io::Error) -> Self {
        let subject = format!("{option} {address}");
        let example = SocketAddr::new(address.ip(), address.port().wrapping_add(1).max(1024));
        match error.kind() {
            io::ErrorKind::AddrInUse => Self::new(
                subject,
                "the port is taken by another program",
                format!("stop that one, or take another port: {option} {example}"),
            ),
            io::ErrorKind::PermissionDenied => Self::new(
                subject,
                "this user may not listen on that port",
                format!("take one above 1023: {option} {example}"),
            ),
            io::ErrorKind::AddrNotAvailable => Self::new(
                subject,
                "this computer does not have that address",
                "take one of its own addresses, or 0.0.0.0 for all",
            ),
            _ => Self::new(
                subject,
                format!("can't listen there: {error}"),
                format!("take another address with {option}"),
            ),
        }
    }
}

/// Line breaks become spaces.
pub fn one_line(text: &str) -> String {
    text.split(['\n', '\r'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_on_one_line() {
        let fault = Fault::new("file", "line one\n  line two\r\n", "mend it");
        assert_eq!(fault.to_string(), "file: line one line two; mend it");
    }
}
