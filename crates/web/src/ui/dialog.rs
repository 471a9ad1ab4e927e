//! Draws panels: what they have in common. Native dialogs trap the focus and take Escape.

use web_sys::HtmlElement;
use web_sys::wasm_bindgen::JsCast;

use super::dom::{self, document};
use super::el::{El, at_end, button, el};
use super::icons::{self, icon};
use super::page::Ui;
use super::panel::Panel;
use super::words::{Say, say};
use super::{chat, details, devices, invite, keys, leaving, notices, people, status};

/// Draws a panel and opens it.
pub fn open(ui: Ui, panel: Panel) -> El {
    let (title, content) = match panel {
        Panel::Invite => (say!(invite_title), invite::content(ui)),
        Panel::People => (say!(people), people::content(ui)),
        Panel::Chat => (say!(chat), chat::content(ui)),
        Panel::Details => (say!(call_details), details::content(ui)),
        Panel::Settings => (say!(settings), devices::settings(ui)),
        Panel::Shortcuts => (say!(shortcuts), keys::content(ui)),
        Panel::Leaving => (say!(leave_title), leaving::content(ui)),
    };
    let aside = panel.stands_aside();
    let opener = document()
        .active_element()
        .and_then(|element| element.dyn_into::<HtmlElement>().ok());
    let dialog = el("dialog", panel.classes());
    let element = dialog.element();
    at_end(move || {
        // The focus goes back to where the panel was opened from; while a modal dialog is open it
        // cannot.
        dom::call_method(&element, "close", []);
        if let Some(opener) = opener.filter(|_| focus_is_lost()) {
            let _ = opener.focus();
        }
    });
    let dialog = dialog
        .attr("aria-labelledby", "panel-title")
        .mounted(move |dialog: HtmlElement| {
            // `show` and `showModal` fail only for an element that is open already.
            let way = if aside { "show" } else { "showModal" };
            dom::call_method(&dialog, way, []);
        })
        .on("close", move |_| {
            if ui.panel.get_untracked() == Some(panel) {
                ui.panel.set(None);
            }
        })
        .on("click", move |event| {
            // A click on what is behind the panel falls on the dialog itself.
            let behind = event
                .target()
                .is_some_and(|target| target.has_type::<web_sys::HtmlDialogElement>());
            if behind && !aside {
                ui.panel.set(None);
            }
        })
        .child(
            el("div", "inner")
                .child(head(ui, title))
                .child(el("div", "content").child(content)),
        );
    if aside {
        return dialog;
    }
    // What is outside of a modal dialog is neither clear to see nor read aloud.
    dialog
        .child(status::line(ui))
        .child(status::aloud(ui))
        .child(notices::notices(ui))
}

fn head(ui: Ui, title: Say) -> El {
    el("div", "head")
        .child(el("h2", "").attr("id", "panel-title").say(title))
        .child(
            button("round quiet", move || ui.panel.set(None))
                .label(say!(close))
                .child(icon(icons::CLOSE)),
        )
}

/// True if nothing has the focus, or what has it is going away.
fn focus_is_lost() -> bool {
    match document().active_element() {
        None => true,
        Some(element) => {
            element.tag_name() == "BODY" || element.closest("dialog").ok().flatten().is_some()
        }
    }
}
