//! After a call: why it ended, how long it was, and what next.

use call::{Command, EndReason, Screen};

use super::el::{El, button, el};
use super::home::mark;
use super::icons::{self, icon};
use super::page::Ui;
use super::words::{self, Say, fill, say};

pub fn screen(ui: Ui) -> El {
    let (reason, seconds) = ui.peek(|view| match view.screen {
        Screen::Ended { reason, lasted } => (Some(reason), lasted.as_secs()),
        _ => (None, 0),
    });
    let mut main = el("main", "card")
        .attr("tabindex", "-1")
        .child(mark("mark large"))
        .child(el("h1", "").say(reason.map_or(Say::NOTHING, words::ended)));
    if seconds > 0 {
        let lasted = fill(say!(lasted), &words::duration(seconds));
        main = main.child(el("p", "muted").text(&lasted));
    }
    let removed = reason == Some(EndReason::Removed);
    let class = |first: bool| if first { "primary" } else { "" };
    let again = button(class(!removed), move || ui.command(Command::CallAgain))
        .child(icon(icons::CAMERA))
        .say(say!(call_again));
    let home = button(class(removed), move || ui.command(Command::GoHome))
        .child(icon(icons::HOME))
        .say(say!(home));
    // Somebody who was removed would be refused, so "Home" comes first.
    let (first, second) = if removed {
        (home, again)
    } else {
        (again, home)
    };
    let buttons = el("div", "buttons").child(first).child(second);
    el("div", "ended").child(main.child(buttons))
}
