//! The log: to standard error, for people or as JSON. Nothing waits for whoever reads it.

mod lines;
mod repeats;

use std::{
    io::{self, IsTerminal as _},
    panic,
};

use tracing_subscriber::{
    Layer as _, Registry,
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt as _,
    registry, reload,
    util::SubscriberInitExt as _,
};

use self::{
    lines::{Lines, Writer},
    repeats::Repeats,
};
use crate::{
    config::settings::{LogFormat, Settings},
    fault::one_line,
};

pub use lines::unread;
pub use repeats::repeated;

/// The running log. When it is dropped, what waits is written, if somebody reads it.
#[derive(Debug)]
pub struct Log {
    level: reload::Handle<Targets, Registry>,
    _writer: Writer,
}

impl Log {
    /// Starts logging.
    pub fn start(settings: &Settings) -> io::Result<Self> {
        let (lines, writer) = Lines::start(io::stderr())?;
        let (filter, level) = reload::Layer::new(filter(settings.log_level));
        let layer = fmt::layer().with_writer(lines).log_internal_errors(false);
        let layer = match settings.log_format {
            LogFormat::Json => layer.json().flatten_event(true).boxed(),
            LogFormat::Human => layer
                .with_ansi(io::stderr().is_terminal())
                .with_target(false)
                .boxed(),
        };
        let layer = Repeats::before(layer).with_filter(filter);
        registry().with(layer).init();
        // The usual hook writes to standard error itself, and would wait for its reader.
        panic::set_hook(Box::new(|panic| {
            tracing::error!("{}", one_line(&panic.to_string()));
        }));
        Ok(Self {
            level,
            _writer: writer,
        })
    }

    /// Changes the level from which on lines are logged.
    pub fn set_level(&self, level: LevelFilter) {
        if let Err(error) = self.level.reload(filter(level)) {
            tracing::error!(%error, "the level of the log can't be changed");
        }
    }
}

/// What libraries say only matters from warnings up, unless everything is wanted.
fn filter(level: LevelFilter) -> Targets {
    if level >= tracing::Level::TRACE {
        Targets::new().with_default(level)
    } else {
        Targets::new()
            .with_default(level.min(tracing::Level::WARN.into()))
            .with_target("crabcall", level)
    }
}
