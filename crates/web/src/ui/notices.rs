//! Short messages that come and go.

use call::Command;
use leptos::prelude::*;

use super::Ui;
use super::el::{AnyViewOr, button, each, el};
use super::icons::{self, icon};
use super::words::{self, say};

pub fn notices(ui: Ui) -> AnyView {
    let ids = ui.memo(|view| {
        let notices = view.notices.iter();
        notices
            .map(|notice| notice.id.to_string())
            .collect::<Vec<_>>()
    });
    el("div", "notices")
        .attr("aria-live", "polite")
        .child(each(ids, move |key| {
            let found = ui.view.with_untracked(|view| {
                let mut notices = view.notices.iter();
                notices.find(|notice| notice.id.to_string() == key).cloned()
            });
            found
                .map(|notice| {
                    let id = notice.id;
                    el("div", "notice")
                        .child(el("span", "").text(words::notice(ui, &notice.kind)))
                        .child(
                            button("round quiet", move || {
                                ui.command(Command::DismissNotice { id });
                            })
                            .label(say!(ui, dismiss))
                            .child(icon(icons::CLOSE)),
                        )
                })
                .or_nothing()
        }))
        .into()
}
