//! The controls of a call.

use call::{Command, DeviceKind};
use reactive_graph::graph::untrack;

use super::arrows::toolbar;
use super::dom::window;
use super::el::{El, button, el, follow};
use super::icons::{self, Icon, icon};
use super::menu::{Item, with_menu};
use super::page::Ui;
use super::panel::Panel;
use super::words::{Say, fill, say};
use super::{devices, dom, leaving, more};

/// The floating bar at the bottom.
pub fn bottom(ui: Ui) -> El {
    let mut bar = el("div", "bar")
        .label(say!(controls))
        .child(
            el("div", "pair")
                .child(microphone(ui))
                .child(with_menu(choose(say!(choose_sound)), move || {
                    sound_items(ui)
                })),
        )
        .child(
            el("div", "pair")
                .child(camera(ui))
                .child(with_menu(choose(say!(choose_camera)), move || {
                    devices::items(ui, DeviceKind::Camera)
                })),
        );
    if can_share_screen() {
        bar = bar.child(screen(ui));
    }
    let more = button("round", || ())
        .label(say!(more))
        .title(say!(more))
        .child(icon(icons::MORE));
    let bar = bar
        .child(people(ui))
        .child(chat(ui))
        .child(with_menu(more, move || more::items(ui)))
        .child(
            button("round leave", move || leaving::leave(ui))
                .label(say!(leave))
                .title(say!(leave))
                .child(icon(icons::LEAVE)),
        );
    toolbar(bar)
}

/// Opens the list of people, and says how many there are.
fn people(ui: Ui) -> El {
    let count = move || ui.read(|view| view.people.len() + 1);
    opener(ui, Panel::People, icons::PEOPLE, say!(people))
        .attr("aria-describedby", "people-count")
        .child(
            // Drawn by the style sheet: it is no part of the button's name.
            el("span", "count").attr_with("data-count", move || count().to_string()),
        )
        .child(
            el("span", "sr")
                .attr("id", "people-count")
                .text_with(move || fill(say!(people_count), &count().to_string())),
        )
}

/// Opens the chat, and says how many messages in it are unread.
fn chat(ui: Ui) -> El {
    let unread = move || ui.read(|view| view.chat.unread);
    opener(ui, Panel::Chat, icons::CHAT, say!(chat))
        .attr("aria-describedby", "chat-unread")
        .child(
            el("span", "sr")
                .attr("id", "chat-unread")
                .text_with(move || match unread() {
                    0 => String::new(),
                    count => fill(say!(chat_unread), &count.to_string()),
                }),
        )
        .when(
            move || unread() > 0,
            // Drawn by the style sheet: it is no part of the button's name.
            move || el("span", "count new").attr_with("data-count", move || shown_count(unread())),
        )
}

/// A count as it fits on a button.
fn shown_count(count: u32) -> String {
    if count > 99 {
        "99+".to_owned()
    } else {
        count.to_string()
    }
}

/// The button beside microphone or camera that opens the menu of devices.
fn choose(label: Say) -> El {
    button("caret", || ())
        .label(label)
        .title(label)
        .child(icon(icons::CARET))
}

/// Microphones, and speakers where the browser lets the page choose one.
fn sound_items(ui: Ui) -> Vec<Item> {
    let mut items = vec![Item::Title(say!(microphone))];
    items.extend(devices::items(ui, DeviceKind::Microphone));
    if ui.peek(devices::has_speakers) {
        items.push(Item::Title(say!(speaker)));
        items.extend(devices::items(ui, DeviceKind::Speaker));
        items.push(Item::Do {
            picture: icons::SPEAKER,
            label: say!(test_speaker).said(),
            run: Box::new(move || ui.command(Command::TestSpeaker)),
        });
    }
    items
}

/// What stands at the top right.
pub fn top(ui: Ui) -> El {
    let invite = move || {
        button("round", move || {
            // Alone, the invitation is on the page already.
            if dom::find::<web_sys::HtmlElement>(".alone-invite").is_some() {
                dom::focus(".alone-invite input");
            } else {
                ui.panel.set(Some(Panel::Invite));
            }
        })
        .label(say!(invite))
        .title(say!(invite))
        .child(icon(icons::INVITE))
    };
    el("div", "top")
        // Nobody can be invited into a full call.
        .when(move || !ui.is_full(), invite)
        .child(opener(
            ui,
            Panel::Details,
            icons::DETAILS,
            say!(call_details),
        ))
}

/// A button that opens a panel, or closes it.
fn opener(ui: Ui, panel: Panel, picture: Icon, label: Say) -> El {
    let is_open = move || ui.panel.get() == Some(panel);
    button("round", move || ui.toggle(panel))
        .label(label)
        .title(label)
        .attr("aria-haspopup", "dialog")
        .attr_with("aria-expanded", move || is_open().to_string())
        .class_if("open", is_open)
        .child(icon(picture))
}

pub fn microphone(ui: Ui) -> El {
    let on = move || ui.read(|view| view.me.media.microphone);
    toggle(
        on,
        "round microphone",
        [icons::MICROPHONE, icons::MICROPHONE_OFF],
        [say!(mute), say!(unmute)],
        move |on| ui.command(Command::SetMicrophone { on }),
    )
    .child(level(ui))
}

pub fn camera(ui: Ui) -> El {
    let on = move || ui.read(|view| view.me.media.camera);
    toggle(
        on,
        "round camera",
        [icons::CAMERA, icons::CAMERA_OFF],
        [say!(camera_turn_off), say!(camera_turn_on)],
        move |on| ui.command(Command::SetCamera { on }),
    )
}

fn screen(ui: Ui) -> El {
    let on = move || ui.read(|view| view.me.media.screen);
    toggle(
        on,
        "round share",
        [icons::SCREEN, icons::SCREEN],
        [say!(stop_sharing), say!(share_screen)],
        move |on| ui.command(Command::SetScreen { on }),
    )
}

/// A button for what is on or off: pictures and names for on, then for off.
fn toggle(
    on: impl Fn() -> bool + Copy + 'static,
    classes: &'static str,
    pictures: [Icon; 2],
    labels: [Say; 2],
    set: impl Fn(bool) + 'static,
) -> El {
    // It may be asked for outside of what follows signals, too.
    let is_on = move || untrack(on);
    let [picture_on, picture_off] = pictures;
    let [label_on, label_off] = labels;
    let label = move || if on() { label_on } else { label_off }.said();
    button(classes, move || set(!is_on()))
        .attr_with("aria-label", label)
        .attr_with("title", label)
        .class_if("off", move || !on())
        .part(
            move || usize::from(on()),
            move |on| Some(icon(if on == 1 { picture_on } else { picture_off })),
        )
}

/// How loud the own voice is, as a bar that grows.
fn level(ui: Ui) -> El {
    let bar = el("span", "level").attr("aria-hidden", "true");
    let element = bar.element();
    follow(Box::new(move || {
        let level = f64::from(ui.level.get().0);
        dom::set_style(&element, "--level", &dom::number(level));
    }));
    bar
}

fn can_share_screen() -> bool {
    let devices = dom::property(&window().navigator(), "mediaDevices");
    dom::property(&devices, "getDisplayMedia").is_function()
}
