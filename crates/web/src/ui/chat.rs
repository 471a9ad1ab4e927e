//! What was written in the call, and the field to write in.

use std::rc::Rc;
use std::sync::Arc;

use browser::js::{self, object};
use call::{ChatMessage, Command};
use protocol::{ChatText, limits};
use web_sys::wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement, KeyboardEvent, js_sys};

use super::dom;
use super::el::{El, at_end, button, el, follow};
use super::icons::{self, icon};
use super::links::{Piece, pieces};
use super::page::Ui;
use super::words::{self, say};

/// Where the end of the list is nearer than this to what is seen, new messages scroll into sight, in
/// CSS pixels.
const NEAR: f64 = 64.0;
/// The code of a key that an input method takes. Safari ends its composition before the key is heard.
const TAKEN_BY_INPUT_METHOD: u32 = 229;

pub fn content(ui: Ui) -> El {
    // Not at once: this is called while the view is drawn.
    let tell = move |open| {
        dom::soon(Box::new(move || ui.command(Command::OpenChat { open })));
    };
    tell(true);
    at_end(move || tell(false));
    let is_empty = move || ui.read(|view| view.chat.messages.is_empty());
    el("div", "chat")
        .child(list(ui).when(is_empty, || el("p", "muted").say(say!(chat_empty))))
        .child(
            el("p", "muted hint")
                .attr("role", "status")
                .text_with(move || hint(ui)),
        )
        .child(write(ui))
}

/// Why nothing can be written now.
fn hint(ui: Ui) -> String {
    let (alone, may_write) = ui.read(|view| (view.people.is_empty(), view.chat.may_write));
    if alone {
        say!(chat_alone).said()
    } else if may_write {
        String::new()
    } else {
        say!(chat_slow).said()
    }
}

/// What was written, the newest at the end.
fn list(ui: Ui) -> El {
    let list = el("div", "texts")
        .attr("role", "log")
        .attr("tabindex", "0")
        .label(say!(chat));
    let element = list.element();
    let mut drawn: Vec<(u32, El)> = Vec::new();
    let mut before = None::<Arc<Vec<ChatMessage>>>;
    follow(Box::new(move || {
        let now = ui.read(|view| Arc::clone(&view.chat.messages));
        // The view changes many times a second, and the chat seldom.
        if (before.as_ref()).is_some_and(|before| Arc::ptr_eq(before, &now)) {
            return;
        }
        let first = now.first().map_or(u32::MAX, |it| it.number);
        let last = drawn.last().map_or(0, |(number, _)| *number);
        let added: Vec<_> = now.iter().filter(|it| it.number > last).collect();
        let is_own = added.last().is_some_and(|it| it.from.is_none());
        let shows_end = is_own || before.is_none() || is_near_end(&element);
        drawn.retain(|(number, old)| {
            let stays = *number >= first;
            if !stays {
                old.element().remove();
            }
            stays
        });
        for message in added {
            let made = text(message);
            let _ = element.append_child(&made.element());
            drawn.push((message.number, made));
        }
        for ((_, made), message) in drawn.iter().zip(now.iter()) {
            let classes = made.element().class_list();
            let _ = classes.toggle_with_force("waits", message.waits);
        }
        before = Some(now);
        if shows_end {
            show_end(&element);
        }
    }));
    list.mounted(|list| show_end(&list))
}

fn is_near_end(list: &Element) -> bool {
    let below = list.scroll_height() - list.scroll_top() - list.client_height();
    f64::from(below) < NEAR
}

fn show_end(list: &Element) {
    list.set_scroll_top(list.scroll_height());
}

/// One message: who, when and what.
fn text(message: &ChatMessage) -> El {
    let own = message.from.is_none();
    let by = if own {
        el("span", "name").say(say!(you))
    } else {
        let name = words::drawn(&message.name);
        el("bdi", "name").attr("translate", "no").text(&name)
    };
    let mut body = el("p", "body").attr("dir", "auto").attr("translate", "no");
    for piece in pieces(message.text.as_str()) {
        body = match piece {
            Piece::Text(text) => body.text(text),
            Piece::Link(link) => body.child(
                el("a", "")
                    .attr("href", link)
                    .attr("target", "_blank")
                    .attr("rel", "noopener noreferrer")
                    .text(link),
            ),
        };
    }
    el("div", if own { "text own" } else { "text" })
        .child(
            el("p", "by")
                .child(by)
                .child(el("span", "muted").text(&time(message.at_unix_ms)))
                .child(el("span", "muted waiting").say(say!(chat_waits))),
        )
        .child(body)
}

/// A time of day, as the browser writes it.
fn time(unix_ms: u64) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(unix_ms as f64));
    let options = object([("timeStyle", "short".into())]);
    String::from(date.to_locale_string(&dom::language(), &options))
}

/// The field for the next message, and the button that sends it.
fn write(ui: Ui) -> El {
    let field = el("textarea", "")
        .attr("id", "chat-text")
        .attr("rows", "1")
        .attr("maxlength", &limits::CHAT_CHARS.to_string())
        .attr("dir", "auto")
        .attr("autocomplete", "off")
        .attr("enterkeyhint", "send")
        .attr("placeholder", say!(chat_write).text())
        .label(say!(chat_write));
    let element = field.element();
    set_value(&element, &ui.draft.get_untracked());
    // Without a keyboard, one of the screen would cover what was written.
    let field = if dom::matches_media("(pointer: coarse)") {
        field
    } else {
        field.attr("autofocus", "")
    };
    let sent = element.clone();
    let send: Rc<dyn Fn()> = Rc::new(move || {
        let text = ui.draft.get_untracked();
        let is_taken = ui.peek(|view| view.chat.may_write && !view.people.is_empty());
        if is_taken && ChatText::clean(&text).is_some() {
            ui.command(Command::Write { text });
            ui.draft.set(String::new());
            set_value(&sent, "");
        }
        let _ = sent.focus();
    });
    let pressed = Rc::clone(&send);
    el("div", "write")
        .child(
            field
                .on("input", move |_| {
                    let typed = dom::property(&element, "value").as_string();
                    ui.draft.set(typed.unwrap_or_default());
                })
                .on("keydown", move |event| {
                    let event: KeyboardEvent = event.unchecked_into();
                    if event.is_composing() || event.key_code() == TAKEN_BY_INPUT_METHOD {
                        return;
                    }
                    match &*event.key() {
                        "Enter" if !event.shift_key() => {
                            event.prevent_default();
                            send();
                        }
                        "Escape" => {
                            event.prevent_default();
                            ui.panel.set(None);
                        }
                        _ => {}
                    }
                }),
        )
        .child(
            button("round primary", move || pressed())
                .label(say!(send))
                .title(say!(send))
                .child(icon(icons::SEND)),
        )
}

fn set_value(field: &HtmlElement, text: &str) {
    js::set(field, "value", text);
}
