//! Whether to leave the call: asked when the person went back in the history.

use call::Command;

use super::Ui;
use super::el::{El, button, el};
use super::icons::{self, icon};
use super::words::say;

pub fn content(ui: Ui) -> El {
    el("div", "buttons")
        .child(
            button("danger", move || ui.command(Command::Leave))
                .child(icon(icons::LEAVE))
                .say(say!(leave_now)),
        )
        .child(button("", move || ui.panel.set(None)).say(say!(stay)))
}
