//! The call: tiles, and what floats over them.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use call::Command;
use reactive_graph::graph::untrack;
use web_sys::wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, PointerEvent};

use super::dom::{Phase, Timer};
use super::el::{El, at_end, button, el, follow};
use super::floor::{self, Floor};
use super::icons::{self, icon};
use super::page::Ui;
use super::panel::{PANELS, Panel};
use super::words::{self, say};
use super::{bar, dialog, dom, invite, sending, tile};

/// How long nothing must move before the controls fade.
const FADE: Duration = Duration::from_secs(3);

pub fn screen(ui: Ui) -> El {
    let floor = Floor::new();
    let others = move || ui.read(|view| view.people.len());
    fade(ui);

    let area = el("main", "floor")
        .attr("tabindex", "-1")
        .label(say!(call))
        .child(el("div", "free"))
        .child(el("h1", "sr").text_with(move || {
            let names = ui.read(|view| {
                view.people
                    .iter()
                    .map(|it| it.name.clone())
                    .collect::<Vec<_>>()
            });
            words::call_with(&names)
        }));
    floor.measure(area.element());
    let area = area
        .each(move || ui.sharers(), move |id| tile::screen(ui, floor, id))
        .each(move || ui.people(), move |id| tile::person(ui, floor, id))
        .when(
            move || others() == 0,
            move || {
                el("section", "alone-invite")
                    .attr("aria-labelledby", "invite-title")
                    .child(
                        el("h2", "")
                            .attr("id", "invite-title")
                            .say(say!(invite_title)),
                    )
                    .child(invite::content(ui))
            },
        )
        .child(tile::own(ui, Some(floor)))
        .when(
            move || ui.read(|view| view.playback_blocked),
            move || {
                el("div", "play").child(
                    button("primary", move || ui.command(Command::AllowPlayback))
                        .child(icon(icons::SPEAKER))
                        .say(say!(play_sound)),
                )
            },
        )
        .child(sending::line(ui))
        .child(bar::top(ui))
        .child(bar::bottom(ui));
    el("div", "call")
        .class_if("idle", move || ui.idle.get())
        .class_if("aside", move || {
            ui.panel.get().is_some_and(Panel::stands_aside)
        })
        .class_if("shared", move || {
            ui.read(|view| floor::shared_screens(view) > 0)
        })
        .class_if("alone", move || others() == 0)
        .class_if("two", move || {
            ui.read(|view| view.people.len() == 1 && floor::shared_screens(view) == 0)
        })
        .child(area)
        .part(
            move || ui.panel.get().map_or(0, |panel| panel as usize + 1),
            move |number| {
                let panel = PANELS.get(number.checked_sub(1)?)?;
                Some(dialog::open(ui, *panel))
            },
        )
}

/// While others are there, controls and names fade when nobody has moved for a while. They return on
/// any movement, key or touch, and never fade while the focus is in them or a panel is open.
fn fade(ui: Ui) {
    let timer = Rc::new(Cell::new(None::<Timer>));
    let last_timer = Rc::clone(&timer);
    let stay = move || {
        let alone = ui.peek(|view| view.people.is_empty());
        alone || ui.panel.get_untracked().is_some() || dom::find::<HtmlElement>(IN_USE).is_some()
    };
    let wake: Rc<dyn Fn()> = Rc::new(move || {
        if ui.idle.get_untracked() {
            ui.idle.set(false);
        }
        timer.set(Some(Timer::after(FADE, move || {
            if !stay() {
                ui.idle.set(true);
            }
        })));
    });
    // Somebody who comes or goes, and a panel that closes, start the time anew.
    let mut before = None;
    let awake = Rc::clone(&wake);
    follow(Box::new(move || {
        let now = (ui.read(|view| view.people.len()), ui.panel.get());
        if before != Some(now) {
            before = Some(now);
            untrack(|| awake());
        }
    }));
    let mut heard = Vec::new();
    for name in ["pointermove", "keydown", "focusin", "wheel"] {
        let wake = Rc::clone(&wake);
        heard.push(dom::hear(name, Phase::Bubble, move |_| wake()));
    }
    // Nobody sees what they press while the controls are faded. A mouse moves first, which brings
    // the controls back. The first press of a finger or a pen only brings them back, and so does
    // that of a switch device, which is a click without a pointer.
    let swallow = Rc::new(Cell::new(false));
    let swallowing = Rc::clone(&swallow);
    let wakes = Rc::clone(&wake);
    let press = move |event: Event| {
        let touch = event
            .dyn_ref::<PointerEvent>()
            .is_some_and(|event| event.pointer_type() != "mouse");
        swallow.set(touch && ui.idle.get_untracked());
        wake();
    };
    heard.push(dom::hear("pointerdown", Phase::Bubble, press));
    let click = move |event: Event| {
        let blind = ui.idle.get_untracked();
        if blind {
            wakes();
        }
        if swallowing.take() || blind {
            event.stop_propagation();
            event.prevent_default();
        }
    };
    heard.push(dom::hear("click", Phase::Capture, click));
    at_end(move || {
        drop(heard);
        last_timer.take();
    });
}

/// A control that has the focus of the keyboard, or the pointer over it, or its menu open.
const IN_USE: &str = ".floor :focus-visible, .bar:hover, .top:hover, .pop";
