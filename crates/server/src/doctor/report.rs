//! What was found, for people and for programs.

use std::fmt;

use serde::Serialize;

use super::cause::Cause;

/// One link of the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub link: String,
    /// How it is.
    pub health: Health,
    /// What was seen of it.
    pub seen: String,
    /// Why it is so, where that is known.
    pub cause: Option<Cause>,
}

/// How a link is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It works.
    Good,
    /// It works, with something to know.
    Note(String),
    /// It does not work, and this is what to do.
    Failed(String),
}

/// All that was found, in the order of the way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report(Vec<Finding>);

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) cause: Cause,
    pub(super) seen: String,
    pub(super) fix: String,
}

impl Trouble {
    pub(super) fn new(cause: Cause, seen: impl fmt::Display, fix: impl fmt::Display) -> Self {
        Self {
            cause,
            seen: seen.to_string(),
            fix: fix.to_string(),
        }
    }
}

impl Report {
    pub(super) fn good(&mut self, link: impl fmt::Display, seen: impl fmt::Display) {
        self.0.push(Finding {
            link: link.to_string(),
            health: Health::Good,
            seen: seen.to_string(),
            cause: None,
        });
    }

    pub(super) fn note(&mut self, link: impl fmt::Display, trouble: Trouble) {
        self.0.push(Finding {
            link: link.to_string(),
            health: Health::Note(trouble.fix),
            seen: trouble.seen,
            cause: Some(trouble.cause),
        });
    }

    pub(super) fn failed_at(&mut self, link: impl fmt::Display, trouble: Trouble) {
        self.0.push(Finding {
            link: link.to_string(),
            health: Health::Failed(trouble.fix),
            seen: trouble.seen,
            cause: Some(trouble.cause),
        });
    }

    /// The links in order.
    pub fn findings(&self) -> &[Finding] {
        &self.0
    }

    /// Those that do not work.
    pub fn failed(&self) -> impl Iterator<Item = &Finding> {
        let failed = |it: &&Finding| matches!(it.health, Health::Failed(_));
        self.0.iter().filter(failed)
    }

    /// The names of those that work.
    pub fn good_links(&self) -> String {
        let good = self.0.iter().filter(|it| it.health == Health::Good);
        let names: Vec<&str> = good.map(|it| it.link.as_str()).collect();
        format!("{} work", names.join(", "))
    }

    /// The report for programs, as one JSON object.
    pub fn to_json(&self) -> serde_json::Value {
        let findings: Vec<Entry<'_>> = self.0.iter().map(Entry::of).collect();
        serde_json::json!({
            "works": self.failed().next().is_none(),
            "findings": findings,
        })
    }
}

/// A finding as JSON.
#[derive(Serialize)]
struct Entry<'a> {
    link: &'a str,
    /// `good`, `note` or `failed`.
    health: &'static str,
    seen: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<Cause>,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<&'a str>,
}

impl<'a> Entry<'a> {
    fn of(finding: &'a Finding) -> Self {
        let (health, advice) = match &finding.health {
            Health::Good => ("good", None),
            Health::Note(advice) => ("note", Some(advice.as_str())),
            Health::Failed(fix) => ("failed", Some(fix.as_str())),
        };
        Self {
            link: &finding.link,
            health,
            seen: &finding.seen,
            cause: finding.cause,
            advice,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            link, seen, health, ..
        } = self;
        match health {
            Health::Good => write!(f, "{link}: {seen}"),
            Health::Note(advice) | Health::Failed(advice) => {
                write!(f, "{link}: {seen}; {advice}")
            }
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.0 {
            let (word, advice) = match &finding.health {
                Health::Good => ("ok  ", None),
                Health::Note(advice) => ("note", Some(advice)),
                Health::Failed(fix) => ("FAIL", Some(fix)),
            };
            writeln!(f, "{word}  {:<18} {}", finding.link, finding.seen)?;
            if let Some(advice) = advice {
                writeln!(f, "{:<24} -> {advice}", "")?;
            }
        }
        match self.failed().count() {
            0 => writeln!(f, "\nCalls can connect through this server."),
            1 => writeln!(f, "\n1 link of the way does not work."),
            count => writeln!(f, "\n{count} links of the way do not work."),
        }
    }
}
