//! The keyboard: one key for each thing, and Space held to talk.

use call::Command;
use web_sys::wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent};

use super::dom::Phase;
use super::el::{El, at_end, el};
use super::live::Live;
use super::panel::Panel;
use super::words::say;
use super::{Place, Ui, dom, place};

/// A key held shorter than this is a press, in milliseconds.
const HELD_MS: f64 = 300.0;

/// Listens until the page goes away.
pub fn listen(ui: Ui) {
    // When Space went down to talk.
    let talking_since = Live::new(None::<f64>);
    hear("keydown", move |event: Event| {
        let event: KeyboardEvent = event.unchecked_into();
        if event.ctrl_key() || event.alt_key() || event.meta_key() || event.default_prevented() {
            return;
        }
        let place = ui.peek(place);
        if event.key() == " " {
            let muted = ui.view.with_untracked(|view| !view.me.media.microphone);
            if place == Place::Call && on_page_or(&event, ".microphone") {
                if talking_since.get_untracked().is_some() {
                    event.prevent_default();
                } else if muted && !event.repeat() {
                    event.prevent_default();
                    talking_since.set(Some(event.time_stamp()));
                    ui.command(Command::SetMicrophone { on: true });
                }
            }
        } else if !event.repeat() && !is_typing(&event) && press(ui, place, &event.key()) {
            event.prevent_default();
        }
    });
    let end = move |now: Option<f64>| {
        let since = talking_since.get_untracked();
        talking_since.set(None);
        // Pressed shortly on the button itself, it has unmuted and stays so.
        let pressed = since.zip(now).is_some_and(|(since, now)| {
            now - since < HELD_MS && dom::find::<Element>(".microphone:focus").is_some()
        });
        if since.is_some() && !pressed {
            ui.command(Command::SetMicrophone { on: false });
        }
        since.is_some()
    };
    hear("keyup", move |event: Event| {
        let event: KeyboardEvent = event.unchecked_into();
        if event.key() == " " && end(Some(event.time_stamp())) {
            // A button would take it for a click.
            event.prevent_default();
        }
    });
    hear("blur", move |_| {
        end(None);
    });
}

fn hear(name: &'static str, run: impl FnMut(Event) + 'static) {
    let heard = dom::hear(name, Phase::Bubble, run);
    at_end(move || drop(heard));
}

/// Does what the key stands for. False if it stands for nothing here.
fn press(ui: Ui, place: Place, key: &str) -> bool {
    let media = ui.view.with_untracked(|view| view.me.media);
    match (place, key) {
        (Place::Call | Place::Lobby, "m" | "M") => ui.command(Command::SetMicrophone {
            on: !media.microphone,
        }),
        (Place::Call | Place::Lobby, "v" | "V") => {
            ui.command(Command::SetCamera { on: !media.camera });
        }
        (Place::Call, "s" | "S") => ui.command(Command::SetScreen { on: !media.screen }),
        (Place::Call, "p" | "P") => Panel::People.toggle(ui),
        (Place::Call, "i" | "I") => Panel::Invite.toggle(ui),
        (Place::Call, "d" | "D") => Panel::Details.toggle(ui),
        (Place::Call, "?") => Panel::Shortcuts.toggle(ui),
        // A modal dialog takes Escape itself.
        (Place::Call, "Escape") if ui.panel.get_untracked().is_some() => ui.panel.set(None),
        _ => return false,
    }
    true
}

fn target(event: &KeyboardEvent) -> Option<Element> {
    event.target().and_then(|target| target.dyn_into().ok())
}

fn is_typing(event: &KeyboardEvent) -> bool {
    let field = "input:not([type=checkbox]), select, textarea";
    target(event).is_some_and(|element| element.matches(field).unwrap_or(false))
}

/// Whether the focus is on nothing that needs Space itself, or on what `selector` names.
fn on_page_or(event: &KeyboardEvent, selector: &str) -> bool {
    target(event).is_none_or(|element| {
        let is = |selector| element.matches(selector).unwrap_or(false);
        is(selector) || !is("button, a, input, select, textarea, summary, dialog *")
    })
}

pub fn content() -> El {
    let keys = [
        ("M", say!(key_microphone)),
        ("V", say!(key_camera)),
        (say!(space).text(), say!(key_talk)),
        ("S", say!(share_screen)),
        ("P", say!(people)),
        ("I", say!(invite)),
        ("D", say!(call_details)),
        ("Esc", say!(close)),
        ("?", say!(shortcuts)),
    ];
    let mut list = el("dl", "keys");
    for (key, meaning) in keys {
        list = list.child(
            el("div", "row")
                .child(el("dt", "").child(el("kbd", "").text(key)))
                .child(el("dd", "").say(meaning)),
        );
    }
    list
}
