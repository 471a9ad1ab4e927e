//! The log: to standard error, for people or as JSON.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::{
    Layer as _, filter::Targets, fmt, layer::SubscriberExt as _, registry,
    util::SubscriberInitExt as _,
};

use crate::config::settings::{LogFormat, Settings};

/// Starts logging. What libraries say only matters from warnings up, unless everything is wanted.
pub fn start(settings: &Settings) {
    let level = settings.log_level;
    let filter = if level >= tracing::Level::TRACE {
        Targets::new().with_default(level)
    } else {
        Targets::new()
            .with_default(level.min(tracing::Level::WARN.into()))
            .with_target("crabcall", level)
    };
    let lines = fmt::layer().with_writer(io::stderr);
    let lines = match settings.log_format {
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
        LogFormat::Human => lines
            .with_ansi(io::stderr().is_terminal())
            .with_target(false)
            .boxed(),
    };
    registry().with(lines.with_filter(filter)).init();
}
