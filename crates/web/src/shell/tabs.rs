//! What this page tells the other tabs of this browser, and hears from them.

use browser::js::{Listener, text, warn};
use browser::json;
use call::{Event, TabMessage};
use web_sys::BroadcastChannel;

use super::sink::Sink;

const CHANNEL: &str = "crabcall";

/// The other tabs, as far as the browser lets tabs talk.
pub(super) struct Tabs {
    channel: Option<BroadcastChannel>,
    _on_message: Option<Listener>,
}

impl Tabs {
    pub(super) fn new(sink: Sink) -> Self {
        let channel = BroadcastChannel::new(CHANNEL).ok();
        let on_message = channel.as_ref().map(|channel| {
            Listener::new(channel, "message", move |event| {
                let message = text(&event, "data").and_then(|text| json::read(&text));
                if let Some(message) = message {
                    sink.event(Event::Tab(message));
                }
            })
        });
        Self {
            channel,
            _on_message: on_message,
        }
    }

    pub(super) fn tell(&self, message: &TabMessage) {
        let (Some(channel), Some(text)) = (&self.channel, json::write(message)) else {
            return;
        };
        if let Err(error) = channel.post_message(&text.into()) {
            warn("BroadcastChannel", &error);
        }
    }
}
