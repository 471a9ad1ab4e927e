//! The keyboard: one key for each thing, and Space held to talk.

use call::Command;
use reactive_graph::graph::untrack;
use web_sys::wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent};

use super::dom;
use super::dom::Phase;
use super::el::{El, at_end, el};
use super::live::Live;
use super::page::{Place, Ui, place};
use super::panel::Panel;
use super::switch::switch;
use super::words::say;

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
            let on = ui.keys.get_untracked() || talking_since.get_untracked().is_some();
            if on && place == Place::Call && on_page_or(&event, ".microphone") {
                if talking_since.get_untracked().is_some() {
                    event.prevent_default();
                } else if muted && !event.repeat() {
                    event.prevent_default();
                    talking_since.set(Some(event.time_stamp()));
                    ui.command(Command::SetMicrophone { on: true });
                }
            }
            return;
        }
        let (key, code) = (event.key(), event.code());
        let meant = meant(&key, &code, event.shift_key());
        let on = meant == "Escape" || ui.keys.get_untracked();
        if on && !event.repeat() && !is_typing(&event) && press(ui, place, meant) {
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

/// Under this name the browser remembers whether single letters are shortcuts.
const OFF_KEY: &str = "crabcall.keys";

/// Whether single letters are shortcuts on this device. People who speak to the computer, or press
/// keys by accident, can turn them off (WCAG 2.1.4).
pub fn are_on() -> bool {
    dom::recall(OFF_KEY).as_deref() != Some("off")
}

/// What a key means: the letter on it, or, where the keyboard has the letters of another script, the
/// letter that stands there on a Latin one.
fn meant<'a>(key: &'a str, code: &'a str, shift: bool) -> &'a str {
    if key.is_ascii() {
        return key;
    }
    match code.strip_prefix("Key") {
        Some(letter) => letter,
        None if code == "Slash" && shift => "?",
        None => key,
    }
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
        (Place::Call, "p" | "P") => ui.toggle(Panel::People),
        (Place::Call, "c" | "C") => ui.toggle(Panel::Chat),
        (Place::Call, "i" | "I") if !untrack(|| ui.is_full()) => ui.toggle(Panel::Invite),
        (Place::Call, "d" | "D") => ui.toggle(Panel::Details),
        (Place::Call, "?") => ui.toggle(Panel::Shortcuts),
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

pub fn content(ui: Ui) -> El {
    let keys = [
        ("M", say!(key_microphone)),
        ("V", say!(key_camera)),
        (say!(space).text(), say!(key_talk)),
        ("S", say!(share_screen)),
        ("P", say!(people)),
        ("C", say!(chat)),
        ("I", say!(invite)),
        ("D", say!(call_details)),
        ("Esc", say!(close)),
        ("?", say!(shortcuts)),
    ];
    let mut list = el("dl", "keys");
    for (key, meaning) in keys {
        list = list.child(
            el("div", "row")
                .child(el("dt", "").child(el("kbd", "").attr("translate", "no").text(key)))
                .child(el("dd", "").say(meaning)),
        );
    }
    let set = move |on| {
        dom::remember(OFF_KEY, if on { "on" } else { "off" });
        ui.keys.set(on);
    };
    el("div", "")
        .child(switch(
            say!(keys_on),
            say!(keys_why),
            move || ui.keys.get(),
            set,
        ))
        .child(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_means_its_letter_or_the_latin_one_in_its_place() {
        for (key, code, shift, expected) in [
            ("m", "KeyM", false, "m"),
            ("M", "KeyM", true, "M"),
            // Dvorak: the letter counts, not the place.
            ("v", "Period", false, "v"),
            ("ь", "KeyM", false, "M"),
            ("μ", "KeyM", false, "M"),
            ("צ", "KeyM", false, "M"),
            ("в", "KeyD", false, "D"),
            ("?", "Slash", true, "?"),
            ("؟", "Slash", true, "?"),
            ("ё", "Backquote", false, "ё"),
            ("Escape", "Escape", false, "Escape"),
        ] {
            assert_eq!(meant(key, code, shift), expected, "{key} {code}");
        }
    }
}
