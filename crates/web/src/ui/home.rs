//! Home: start a call, or join one.

use browser::js::object;
use call::{Command, Recent, Screen};
use web_sys::js_sys;
use web_sys::wasm_bindgen::JsValue;

use super::dom;
use super::el::{El, button, el};
use super::icons::{self, icon};
use super::page::Ui;
use super::words::{self, fill, say};

/// Where the program's source is; empty while the workspace names none.
const SOURCE: &str = env!("CARGO_PKG_REPOSITORY");

pub fn screen(ui: Ui) -> El {
    el("div", "home")
        .child(
            el("main", "")
                .attr("tabindex", "-1")
                .child(mark("mark large"))
                .child(el("h1", "").attr("translate", "no").text("Crabcall"))
                .child(el("p", "lead").say(say!(lead)))
                .child(
                    button("primary wide start", move || {
                        if let Some(secret) = ui.world().new_secret() {
                            ui.command(Command::StartCall { secret });
                        }
                    })
                    .child(icon(icons::CAMERA))
                    .say(say!(start_a_call)),
                )
                .child(join(ui))
                .child(recents(ui)),
        )
        .child(foot())
}

/// The crab.
pub fn mark(classes: &str) -> El {
    el("img", classes)
        .attr("src", &dom::page_icon())
        .attr("alt", "")
        .attr("width", "40")
        .attr("height", "40")
}

fn join(ui: Ui) -> El {
    let problem = move || {
        ui.read(|view| match &view.screen {
            Screen::Home { problem, .. } => *problem,
            _ => None,
        })
    };
    let elsewhere = move || {
        ui.read(|view| match &view.screen {
            Screen::Home { elsewhere, .. } => elsewhere.clone(),
            _ => None,
        })
    };
    let finding = move || ui.read(|view| matches!(view.screen, Screen::Home { finding: true, .. }));
    el("form", "join")
        .on("submit", move |event| {
            event.prevent_default();
            let text = dom::typed("code");
            ui.command(Command::Find { text });
        })
        .child(el("label", "").attr("for", "code").say(say!(code_or_link)))
        .child(
            el("div", "row")
                .child(
                    el("input", "")
                        .attr("id", "code")
                        .attr("autocomplete", "off")
                        .attr("autocapitalize", "none")
                        .attr("spellcheck", "false")
                        .attr("enterkeyhint", "go")
                        .attr("aria-describedby", "code-problem")
                        .attr_with("aria-invalid", move || problem().is_some().to_string()),
                )
                .child(
                    el("button", "")
                        .attr("type", "submit")
                        .prop_with("disabled", finding)
                        .say(say!(join)),
                ),
        )
        .child(
            el("p", "problem")
                .attr("id", "code-problem")
                .attr("aria-live", "polite")
                .text_with(move || problem().map_or(String::new(), words::problem)),
        )
        .when(
            move || elsewhere().is_some(),
            move || {
                let link = elsewhere().unwrap_or_default();
                let host = link.split('/').nth(2).unwrap_or_default();
                el("a", "button")
                    .attr("href", &link)
                    .attr("rel", "noreferrer")
                    .text(&fill(say!(open_elsewhere), host))
            },
        )
}

fn recents(ui: Ui) -> El {
    let rooms = move || {
        ui.read(|view| {
            let rooms = view.recent.iter();
            rooms
                .map(|recent| recent.room.as_str().to_owned())
                .collect()
        })
    };
    let some = move || ui.read(|view| !view.recent.is_empty());
    el("div", "").when(some, move || {
        el("section", "recents")
            .attr("aria-labelledby", "recents")
            .child(el("h2", "").attr("id", "recents").say(say!(recent_calls)))
            .child(el("ul", "").each(rooms, move |room| recent(ui, room)))
            .child(
                button("quiet", move || {
                    ui.command(Command::ForgetRecents);
                    dom::focus("main");
                })
                .say(say!(forget_all)),
            )
    })
}

fn recent(ui: Ui, room: &str) -> El {
    let found = ui.read(|view| {
        let mut recents = view.recent.iter();
        recents.find(|recent| recent.room.as_str() == room).cloned()
    });
    let Some(Recent {
        room,
        at_unix_ms,
        names,
        ..
    }) = found
    else {
        return el("li", "");
    };
    let title = match names.as_slice() {
        [] => say!(nobody_met).said(),
        names => {
            let names: Vec<_> = names.iter().map(words::drawn).collect();
            names.join(", ")
        }
    };
    let translate = if names.is_empty() { "yes" } else { "no" };
    let remove = fill(say!(forget), &title);
    let again = room.clone();
    el("li", "row")
        .child(
            button("recent", move || {
                ui.command(Command::OpenRoom {
                    room: again.clone(),
                });
            })
            .child(el("bdi", "").attr("translate", translate).text(&title))
            .child(el("span", "muted").text(&when(at_unix_ms))),
        )
        .child(
            button("round quiet", move || {
                ui.command(Command::ForgetRecent { room: room.clone() });
                dom::focus("main");
            })
            .attr("aria-label", &remove)
            .child(icon(icons::CLOSE)),
        )
}

/// A day and a time, as the browser writes them.
fn when(unix_ms: u64) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(unix_ms as f64));
    let options = object([
        ("dateStyle", "medium".into()),
        ("timeStyle", "short".into()),
    ]);
    String::from(date.to_locale_string(&dom::language(), &options))
}

fn foot() -> El {
    let mut foot = el("footer", "muted")
        .child(el("span", "").text(concat!("Crabcall ", env!("CARGO_PKG_VERSION"))))
        .child(el("span", "").say(say!(nothing_leaves)))
        .child(el("a", "").attr("href", "/trust").say(say!(trust_link)));
    if !SOURCE.is_empty() {
        foot = foot.child(
            el("a", "")
                .attr("href", SOURCE)
                .attr("rel", "noreferrer")
                .say(say!(source_link)),
        );
    }
    foot
}
