//! What was found, for people.

use std::fmt;

/// One link of the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub link: String,
    /// How it is.
    pub health: Health,
    /// What was seen of it.
    pub seen: String,
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

impl Report {
    pub(super) fn good(&mut self, link: impl fmt::Display, seen: impl fmt::Display) {
        self.add(link, seen, Health::Good);
    }

    pub(super) fn note(
        &mut self,
        link: impl fmt::Display,
        seen: impl fmt::Display,
        advice: impl fmt::Display,
    ) {
        self.add(link, seen, Health::Note(advice.to_string()));
    }

    pub(super) fn failed_at(
        &mut self,
        link: impl fmt::Display,
        seen: impl fmt::Display,
        fix: impl fmt::Display,
    ) {
        self.add(link, seen, Health::Failed(fix.to_string()));
    }

    fn add(&mut self, link: impl fmt::Display, seen: impl fmt::Display, health: Health) {
        self.0.push(Finding {
            link: link.to_string(),
            health,
            seen: seen.to_string(),
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
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { link, seen, health } = self;
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
        for Finding { link, health, seen } in &self.0 {
            let (word, advice) = match health {
                Health::Good => ("ok  ", None),
                Health::Note(advice) => ("note", Some(advice)),
                Health::Failed(fix) => ("FAIL", Some(fix)),
            };
            writeln!(f, "{word}  {link:<18} {seen}")?;
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
