//! Short messages that come and go.

use call::{Command, NoticeKind};

use super::el::{El, button, el};
use super::icons::{self, icon};
use super::page::Ui;
use super::panel::Panel;
use super::stale;
use super::words::{self, say};

pub fn notices(ui: Ui) -> El {
    let ids = move || {
        ui.read(|view| {
            let notices = view.notices.iter();
            notices.map(|notice| notice.id.to_string()).collect()
        })
    };
    el("div", "notices")
        .attr("aria-live", "polite")
        .child(stale::line(ui))
        .each(ids, move |key| notice(ui, key))
}

fn notice(ui: Ui, key: &str) -> El {
    let id = key.parse().unwrap_or_default();
    let kind = ui.read(|view| {
        let mut notices = view.notices.iter();
        let notice = notices.find(|notice| notice.id == id);
        notice.map(|notice| notice.kind.clone())
    });
    let text = kind.as_ref().map_or(String::new(), words::notice);
    let mut notice = el("div", "notice").child(el("span", "").text(&text));
    if let Some(NoticeKind::DeviceFound(_)) = kind {
        notice = notice.child(
            button("primary", move || {
                ui.command(Command::UseFound { notice: id });
            })
            .say(say!(use_it)),
        );
    }
    if let Some(NoticeKind::Waiting { .. }) = kind {
        notice = notice.child(
            button("primary", move || {
                ui.command(Command::SetLocked { locked: false });
            })
            .say(say!(unlock_and_let_in)),
        );
    }
    if let Some(NoticeKind::Chat { .. }) = kind {
        notice = notice.child(button("reply", move || ui.open(Panel::Chat)).say(say!(reply)));
    }
    notice.child(
        button("round quiet", move || {
            ui.command(Command::DismissNotice { id })
        })
        .label(say!(dismiss))
        .child(icon(icons::CLOSE)),
    )
}
