//! A line that says that this page shares a screen, or sends and receives only sound, with a button that
//! ends it.

use call::{Command, ScreenContent};

use super::el::{El, button, el};
use super::icons::{self, icon};
use super::page::Ui;
use super::words::say;

pub fn line(ui: Ui) -> El {
    let shares = move || ui.read(|view| view.me.media.screen);
    let only_sound = move || ui.read(|view| view.me.only_sound);
    el("div", "sending")
        .when(shares, move || shared(ui))
        .when(only_sound, move || sound(ui))
}

fn shared(ui: Ui) -> El {
    let moves = move || ui.read(|view| view.me.screen_content) == Some(ScreenContent::Motion);
    let content = move |content| ui.command(Command::SetScreenContent { content });
    el("div", "now")
        .child(icon(icons::SCREEN))
        .child(el("span", "").say(say!(you_share)))
        .child(
            el("div", "choice")
                .attr("role", "group")
                .label(say!(screen_content))
                .child(
                    button("", move || content(ScreenContent::Text))
                        .attr_with("aria-pressed", move || (!moves()).to_string())
                        .title(say!(screen_text_why))
                        .say(say!(screen_text)),
                )
                .child(
                    button("", move || content(ScreenContent::Motion))
                        .attr_with("aria-pressed", move || moves().to_string())
                        .title(say!(screen_motion_why))
                        .say(say!(screen_motion)),
                ),
        )
        .child(
            button("stop", move || ui.command(Command::SetScreen { on: false }))
                .say(say!(screen_end)),
        )
}

fn sound(ui: Ui) -> El {
    el("div", "now")
        .child(icon(icons::SPEAKER))
        .child(el("span", "").say(say!(only_sound_now)))
        .child(
            button("stop", move || {
                ui.command(Command::SetOnlySound { on: false })
            })
            .say(say!(only_sound_end)),
        )
}
