//! The call: tiles, and what floats over them.

use std::time::Duration;

use call::Command;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use web_sys::wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, PointerEvent};

use super::el::{button, each, el, part};
use super::floor::Floor;
use super::icons::{self, icon};
use super::panel::Panel;
use super::words::say;
use super::{Ui, bar, dom, invite, panel, tile};

/// How long nothing must move before the controls fade.
const FADE: Duration = Duration::from_secs(3);

pub fn screen(ui: Ui) -> AnyView {
    let floor = Floor::new();
    let people = ui.memo(|view| {
        let people = view.people.iter();
        people
            .map(|person| person.id.as_str().to_owned())
            .collect::<Vec<_>>()
    });
    let alone = Memo::new(move |_| people.with(Vec::is_empty));
    let blocked = ui.memo(|view| view.playback_blocked);
    let side = Memo::new(move |_| ui.panel.get().is_some_and(Panel::stands_aside));
    fade(ui);

    el("div", "call")
        .class_if("idle", move || ui.idle.get())
        .class_if("aside", move || side.get())
        .class_if("alone", move || alone.get())
        .class_if("two", move || people.with(|people| people.len() == 1))
        .child(
            el("main", "floor")
                .attr("tabindex", "-1")
                .attr("aria-label", say!(ui, call))
                .mounted(move |area: HtmlElement| floor.measure(area))
                .child(el("div", "free"))
                .child(each(people, move |id| tile::person(ui, floor, id)))
                .when(alone, move || {
                    el("section", "alone-invite")
                        .attr("aria-labelledby", "invite-title")
                        .child(
                            el("h1", "")
                                .attr("id", "invite-title")
                                .text(say!(ui, invite_title)),
                        )
                        .child(invite::content(ui))
                })
                .child(tile::own(ui, Some(floor)))
                .when(blocked, move || {
                    el("div", "play").child(
                        button("primary", move || ui.command(Command::AllowPlayback))
                            .child(icon(icons::SPEAKER))
                            .text(say!(ui, play_sound)),
                    )
                })
                .child(bar::top(ui))
                .child(bar::bottom(ui)),
        )
        .child(part(move || panel::open(ui, ui.panel.get())))
        .into()
}

/// In a call of two, controls and names fade when nobody has moved for a while. They return on
/// any movement, key or touch, and never fade while the focus is in them or a panel is open.
fn fade(ui: Ui) {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let stay = move || {
        let two = ui.view.with_untracked(|view| view.people.len() == 1);
        !two || ui.panel.get_untracked().is_some() || dom::find::<HtmlElement>(IN_USE).is_some()
    };
    let wake = move || {
        if let Some(timer) = timer.get_value() {
            timer.clear();
        }
        if ui.idle.get_untracked() {
            ui.idle.set(false);
        }
        let again = set_timeout_with_handle(
            move || {
                if !stay() {
                    ui.idle.set(true);
                }
            },
            FADE,
        );
        timer.set_value(again.ok());
    };
    // A call that becomes one of two, and a panel that closes, start the time anew.
    let others = ui.memo(|view| view.people.len());
    Effect::new(move |_| {
        others.track();
        ui.panel.track();
        wake();
    });
    let mut handles = Vec::new();
    for name in ["pointermove", "keydown", "focusin", "wheel"] {
        handles.push(window_event_listener_untyped(name, move |_| wake()));
    }
    // A finger cannot see what it touches while it is faded: the first touch only brings it back.
    let swallow = StoredValue::new(false);
    handles.push(window_event_listener_untyped(
        "pointerdown",
        move |event: Event| {
            let touch = event
                .dyn_ref::<PointerEvent>()
                .is_some_and(|event| event.pointer_type() == "touch");
            swallow.set_value(touch && ui.idle.get_untracked());
            wake();
        },
    ));
    let click = move |event: Event| {
        if swallow.get_value() {
            swallow.set_value(false);
            event.stop_propagation();
            event.prevent_default();
        }
    };
    let catch = dom::capture("click", click);
    on_cleanup(move || {
        for handle in handles {
            handle.remove();
        }
        drop(catch);
        if let Some(Some(timer)) = timer.try_get_value() {
            timer.clear();
        }
    });
}

/// A control that has the focus of the keyboard, or the pointer over it.
const IN_USE: &str = ".bar :focus-visible, .top :focus-visible, .bar:hover, .top:hover";
