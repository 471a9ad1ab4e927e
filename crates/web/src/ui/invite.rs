//! The invitation: link, code and QR code.

use browser::js::object;
use call::Command;
use web_sys::HtmlInputElement;
use web_sys::wasm_bindgen::JsCast;

use super::dom::window;
use super::el::{El, button, el};
use super::icons::{self, icon};
use super::live::{Live, every_second};
use super::page::Ui;
use super::words::{self, Say, fill, say};
use super::{dom, qr};

pub fn content(ui: Ui) -> El {
    if ui.peek(|view| code_of(ui, view).is_none()) {
        ui.command(Command::RequestCode);
    }
    // The address in the network may become known while the invitation is open.
    let known = move || {
        ui.view.track();
        let known = ui.world().network_origin().is_some();
        usize::from(known) + 2 * usize::from(ui.world().is_only_here())
    };
    el("div", "").part(known, move |_| Some(invitation(ui)))
}

fn invitation(ui: Ui) -> El {
    let address = link(ui);
    let mut invite = el("div", "invite").child(link_row(ui, address.clone()));
    if let Some(picture) = qr::draw(&address) {
        invite = invite.child(
            el("div", "qr")
                .attr("role", "img")
                .label(say!(qr_label))
                .child(picture),
        );
    }
    invite.child(code(ui))
}

/// The link that others can open. On a page from this computer it has the server's address in the
/// network, if there is one.
fn link(ui: Ui) -> String {
    let own = || window().location().origin().unwrap_or_default();
    let origin = ui.world().network_origin().unwrap_or_else(own);
    let room = ui.peek(|view| {
        let room = view.room.as_ref();
        room.map(|room| room.id.as_str().to_owned())
    });
    [&origin, "/r/", &room.unwrap_or_default()].concat()
}

fn link_row(ui: Ui, address: String) -> El {
    let copied = Live::new(0_u32);
    let (to_copy, to_share) = (address.clone(), address.clone());
    let mut buttons = el("div", "buttons").child(
        button("primary", move || {
            dom::copy(&to_copy, move |done| {
                copied.set(if done { COPIED } else { LINK_SELECTED });
                if !done {
                    // The field selects its text when it gets the focus.
                    dom::focus("#call-link");
                }
            });
        })
        .part(
            move || copied.get() as usize,
            |copied| {
                let done = copied == COPIED as usize;
                Some(icon(if done { icons::DONE } else { icons::COPY }))
            },
        )
        .say(say!(copy_link)),
    );
    let share = dom::property(&window().navigator(), "share");
    if share.is_function() {
        buttons = buttons.child(
            button("", move || {
                let data = object([("url", to_share.as_str().into())]);
                dom::call_method(&window().navigator(), "share", [&data]);
            })
            .child(icon(icons::SHARE))
            .say(say!(share_link)),
        );
    }
    let mut row = el("div", "link")
        .child(
            el("label", "")
                .attr("for", "call-link")
                .say(say!(call_link)),
        )
        .child(
            el("input", "")
                .attr("id", "call-link")
                .attr("translate", "no")
                .attr("readonly", "")
                .attr("value", &address)
                .on("focus", |event| {
                    if let Some(input) = event.target() {
                        input.unchecked_into::<HtmlInputElement>().select();
                    }
                }),
        )
        .child(buttons)
        .child(said(copied));
    if ui.world().is_only_here() {
        row = row.child(el("p", "problem").say(say!(only_here)));
    }
    row
}

/// What [`said`] tells: nothing yet, or how copying went.
pub const COPIED: u32 = 1;
pub const NOT_COPIED: u32 = 2;
const LINK_SELECTED: u32 = 3;

/// Says how copying went.
pub fn said(copied: Live<u32>) -> El {
    el("p", "said")
        .attr("aria-live", "polite")
        .text_with(move || {
            match copied.get() {
                COPIED => say!(copied),
                NOT_COPIED => say!(not_copied),
                LINK_SELECTED => say!(link_selected),
                _ => Say::NOTHING,
            }
            .said()
        })
}

/// The code, as `1234 5678`, and for how many seconds it is good.
fn code_of(ui: Ui, view: &call::View) -> Option<(String, u64)> {
    let code = view.room.as_ref()?.code.as_ref()?;
    let left = code.expires.checked_duration_since(ui.world().now())?;
    let (first, last) = code.code.as_str().split_at_checked(4)?;
    Some(([first, " ", last].concat(), left.as_secs()))
}

fn code(ui: Ui) -> El {
    // The time that is left must be seen going by, also while nothing else changes.
    let second = every_second();
    let shown = move || {
        second.track();
        ui.read(|view| code_of(ui, view))
    };
    el("div", "code")
        .child(el("p", "label").say(say!(call_code)))
        .when(
            move || shown().is_some(),
            move || {
                el("div", "")
                    .child(
                        el("p", "digits")
                            .attr("translate", "no")
                            .text_with(move || shown().map_or(String::new(), |(digits, _)| digits)),
                    )
                    .child(el("p", "muted").text_with(move || {
                        let left = shown().map_or(0, |(_, left)| left);
                        fill(say!(code_expires), &words::duration(left))
                    }))
            },
        )
        .when(
            move || shown().is_none(),
            move || button("", move || ui.command(Command::RequestCode)).say(say!(show_code)),
        )
}
