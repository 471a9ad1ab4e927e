//! The question whether to leave the call, and who is host then. It is asked when the person goes
//! back in the history, and when a host leaves several guests.

use call::{Command, Person, View};
use protocol::Role;

use super::el::{El, button, el};
use super::icons::{self, icon};
use super::page::Ui;
use super::panel::Panel;
use super::words::{self, fill, say};

/// Leaves the call. If there are several guests who could be host then, asks first; a single guest
/// becomes host without a question.
pub fn leave(ui: Ui) {
    let heirs = ui.peek(heirs);
    if heirs.len() > 1 {
        ui.panel.set(Some(Panel::Leaving));
    } else {
        ui.command(Command::Leave);
    }
}

/// The guests, if this person is their only host. Otherwise nobody.
fn heirs(view: &View) -> Vec<Person> {
    let others = view.people.iter();
    let alone = view.me.role == Role::Host && others.clone().all(|it| it.role == Role::Guest);
    others.filter(|_| alone).cloned().collect()
}

pub fn content(ui: Ui) -> El {
    let heirs = ui.peek(heirs);
    let mut content = el("div", "leaving");
    if heirs.len() > 1 {
        content = content.child(el("p", "").say(say!(who_hosts)));
        for heir in heirs {
            let name = words::drawn(&heir.name);
            content = content.child(
                button("wide", move || {
                    let participant = heir.id.clone();
                    ui.command(Command::MakeHost { participant });
                    ui.command(Command::Leave);
                })
                .text(&fill(say!(make_person_host), &name)),
            );
        }
    }
    content.child(buttons(ui))
}

fn buttons(ui: Ui) -> El {
    el("div", "buttons")
        .child(
            button("danger", move || ui.command(Command::Leave))
                .child(icon(icons::LEAVE))
                .say(say!(leave_now)),
        )
        .child(button("", move || ui.panel.set(None)).say(say!(stay)))
}
