//! Session descriptions, as far as the model needs them.

use std::fmt;

use protocol::Candidate;

/// How Firefox begins the line that names the author.
const GECKO: &str = "o=mozilla ";
const FRAGMENT: &str = "a=ice-ufrag:";

/// A direction from one side's point of view (RFC 8866, section 6.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// This side may send.
    pub send: bool,
    /// This side is ready to receive.
    pub receive: bool,
}

impl Way {
    /// Seen from the other side.
    pub fn reversed(self) -> Self {
        Self {
            send: self.receive,
            receive: self.send,
        }
    }

    /// What both agree to.
    pub fn and(self, other: Self) -> Self {
        Self {
            send: self.send && other.send,
            receive: self.receive && other.receive,
        }
    }
}

/// The candidates that a description brings along (RFC 8839, section 5.1).
pub(super) fn candidates(text: &str) -> impl Iterator<Item = Candidate> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("a="));
    let lines = lines.filter(|line| line.starts_with("candidate:"));
    lines.map(|line| Candidate {
        candidate: line.to_owned(),
        sdp_mid: None,
        sdp_m_line_index: Some(0),
        username_fragment: None,
    })
}

/// One media description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaLine {
    /// Video, or else audio.
    pub video: bool,
    /// The direction.
    pub way: Way,
}

/// A session description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The connection that made it; stands for the session id and the fingerprint.
    pub author: u64,
    /// Counts the author's descriptions.
    pub version: u32,
    /// ICE user fragment: counts the author's ICE restarts.
    pub generation: u32,
    /// For an answer: author and version of the offer.
    pub answers: Option<(u64, u32)>,
    /// Firefox made it.
    pub gecko: bool,
    /// In their order.
    pub media: Vec<MediaLine>,
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (author, version) = self.answers.unwrap_or_default();
        if self.gecko {
            f.write_str(GECKO)?;
        }
        write!(
            f,
            "{} {} {} {author} {version}",
            self.author, self.version, self.generation
        )?;
        for line in &self.media {
            let bits = [line.video, line.way.send, line.way.receive];
            for bit in bits {
                f.write_str(if bit { " 1" } else { " 0" })?;
            }
        }
        write!(f, "\r\n{FRAGMENT}{}\r\n", self.fragment())?;
        for line in &self.media {
            f.write_str(if line.video {
                "m=video\r\n"
            } else {
                "m=audio\r\n"
            })?;
        }
        Ok(())
    }
}

impl Description {
    /// The ICE user fragment (RFC 8839, section 5.4).
    pub fn fragment(&self) -> String {
        format!("{}.{}", self.author, self.generation)
    }

    /// Reads what `Display` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let gecko = text.starts_with(GECKO);
        let text = text.strip_prefix(GECKO).unwrap_or(text).lines().next()?;
        let numbers: Option<Vec<u64>> = text.split(' ').map(|it| it.parse().ok()).collect();
        let numbers = numbers?;
        let (head, lines) = numbers.split_at_checked(5)?;
        let [author, version, generation, answered, answered_version] = *head else {
            return None;
        };
        let narrow = |it: u64| u32::try_from(it).ok();
        let media = lines.chunks(3).map(|bits| match *bits {
            [video, send, receive] => Some(MediaLine {
                video: video == 1,
                way: Way {
                    send: send == 1,
                    receive: receive == 1,
                },
            }),
            _ => None,
        });
        Some(Self {
            author,
            version: narrow(version)?,
            generation: narrow(generation)?,
            answers: (answered > 0).then_some((answered, narrow(answered_version)?)),
            gecko,
            media: media.collect::<Option<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let way = Way {
            send: true,
            receive: false,
        };
        let line = |video| MediaLine { video, way };
        let description = Description {
            author: 7,
            version: 2,
            generation: 1,
            answers: Some((9, 3)),
            gecko: true,
            media: vec![line(false), line(true)],
        };
        let text = description.to_string();
        assert_eq!(Description::parse(&text), Some(description));
        assert_eq!(Description::parse("v=0"), None);
    }
}
