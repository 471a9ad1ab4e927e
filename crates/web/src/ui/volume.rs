//! How loud this person hears each of the others.

use call::{Command, Hearing};
use protocol::ParticipantId;
use reactive_graph::graph::untrack;
use web_sys::HtmlInputElement;
use web_sys::wasm_bindgen::JsCast;

use super::el::{El, el};
use super::icons::{self, icon};
use super::live::Live;
use super::menu::{Item, focus_in_row};
use super::who::Who;
use super::words::{fill, say};

/// What the menu of somebody offers.
pub fn items(who: &Who, sets_volume: Live<bool>) -> Vec<Item> {
    let muted = hearing(who).muted;
    let (picture, label) = if muted {
        (icons::SPEAKER, say!(unmute_for_me))
    } else {
        (icons::SPEAKER_OFF, say!(mute_for_me))
    };
    let heard = who.clone();
    vec![
        Item::Do {
            picture,
            label: fill(label, &who.name()),
            run: Box::new(move || {
                let hearing = Hearing {
                    muted: !muted,
                    ..hearing(&heard)
                };
                hear(&heard, hearing);
            }),
        },
        Item::Do {
            picture: icons::SETTINGS,
            label: fill(say!(volume_of), &who.name()),
            run: Box::new(move || sets_volume.set(true)),
        },
    ]
}

/// The slider for somebody's volume. Moving it also ends that the person is muted.
pub fn setting(who: &Who, open: Live<bool>) -> El {
    let name = who.name();
    let (heard, shown) = (who.clone(), who.clone());
    let slider = el("input", "")
        .attr("type", "range")
        .attr("min", "0")
        .attr("max", "100")
        .attr("step", "5")
        .attr("value", &hearing(who).percent.to_string())
        .attr("aria-label", &fill(say!(volume_of), &name))
        .on("input", move |event| {
            let Some(slider) = event.target() else {
                return;
            };
            let value = slider.unchecked_into::<HtmlInputElement>().value();
            let hearing = Hearing {
                percent: value.parse().unwrap_or(100),
                muted: false,
            };
            hear(&heard, hearing);
        })
        .mounted(|slider| {
            let _ = slider.focus();
        });
    el("div", "asks volume")
        .child(icon(icons::SPEAKER))
        .child(slider)
        .child(
            el("span", "percent")
                .attr("aria-hidden", "true")
                .text_with(move || {
                    let percent = shown.read(|person| person.hearing.percent);
                    [&percent.unwrap_or(100).to_string(), " %"].concat()
                }),
        )
        .child(
            el("button", "round quiet")
                .attr("type", "button")
                .on("click", move |event| {
                    focus_in_row(&event);
                    open.set(false);
                })
                .label(say!(close))
                .child(icon(icons::CLOSE)),
        )
}

fn hearing(who: &Who) -> Hearing {
    untrack(|| who.read(|person| person.hearing)).unwrap_or_default()
}

fn hear(who: &Who, hearing: Hearing) {
    if let Ok(participant) = ParticipantId::parse(who.id()) {
        who.ui().command(Command::Hear {
            participant,
            hearing,
        });
    }
}
