//! Which microphone, camera and speaker, and how the sound is taken.

use call::{Command, Device, DeviceKind, Devices, View};
use protocol::Name;
use web_sys::wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement};

use super::el::{El, button, el};
use super::icons::{self, icon};
use super::menu::Item;
use super::notify;
use super::page::Ui;
use super::switch::switch;
use super::words::{Say, fill, say};

/// The panel "Settings".
pub fn settings(ui: Ui) -> El {
    let music = move || ui.read(|view| view.me.music);
    let bell = move || ui.read(|view| view.me.bell);
    let settings = el("div", "settings")
        .child(name(ui))
        .child(choices(ui))
        .child(switch(
            say!(music_mode),
            say!(music_why),
            music,
            move |on| {
                ui.command(Command::SetMusic { on });
            },
        ))
        .child(switch(say!(bell), say!(bell_why), bell, move |on| {
            ui.command(Command::SetBell { on });
        }));
    match notify::switch(ui) {
        Some(switch) => settings.child(switch),
        None => settings,
    }
}

/// Whether the own address is hidden from the others.
pub fn relay_only(ui: Ui) -> El {
    let on = move || ui.read(|view| view.me.relay_only);
    switch(say!(relay_only), say!(relay_only_why), on, move |on| {
        ui.command(Command::SetRelayOnly { on });
    })
}

/// The field for the own name.
pub fn name(ui: Ui) -> El {
    let now = ui.peek(|view| view.me.name.as_str().to_owned());
    el("div", "field")
        .child(el("label", "").attr("for", "name").say(say!(your_name)))
        .child(
            el("input", "")
                .attr("id", "name")
                .attr("value", &now)
                .attr("autocomplete", "name")
                .attr("maxlength", &protocol::limits::NAME_CHARS.to_string())
                .attr("dir", "auto")
                .attr("placeholder", say!(guest).text())
                .on("change", move |event| {
                    if let Some(input) = event.target() {
                        let name = input.unchecked_into::<HtmlInputElement>().value();
                        ui.command(Command::SetName { name });
                    }
                }),
        )
}

/// Takes the name as it stands in the field now.
pub fn take_name(ui: Ui) {
    let name = super::dom::typed("name");
    let same = ui.peek(|view| view.me.name == Name::clean(&name));
    if !same {
        ui.command(Command::SetName { name });
    }
}

/// Whether the browser lets the page choose a speaker.
pub fn has_speakers(view: &View) -> bool {
    let mut all = view.devices.all.iter();
    all.any(|device| device.kind == DeviceKind::Speaker)
}

/// The menus of devices.
pub fn choices(ui: Ui) -> El {
    let has_speakers = move || ui.read(has_speakers);
    el("div", "devices")
        .child(choice(
            ui,
            "microphone",
            say!(microphone),
            DeviceKind::Microphone,
            |devices| &devices.microphone_id,
            |device_id| Command::ChooseMicrophone { device_id },
        ))
        .child(choice(
            ui,
            "camera",
            say!(camera),
            DeviceKind::Camera,
            |devices| &devices.camera_id,
            |device_id| Command::ChooseCamera { device_id },
        ))
        .when(has_speakers, move || {
            el("div", "row")
                .child(choice(
                    ui,
                    "speaker",
                    say!(speaker),
                    DeviceKind::Speaker,
                    |devices| &devices.speaker_id,
                    |device_id| Command::ChooseSpeaker { device_id },
                ))
                .child(
                    button("round", move || ui.command(Command::TestSpeaker))
                        .label(say!(test_speaker))
                        .title(say!(test_speaker))
                        .child(icon(icons::SPEAKER)),
                )
        })
}

/// The devices of a kind, as a menu offers them.
pub fn items(ui: Ui, kind: DeviceKind) -> Vec<Item> {
    let (all, chosen) = ui.peek(|view| {
        let devices = &view.devices;
        let chosen = match kind {
            DeviceKind::Microphone => &devices.microphone_id,
            DeviceKind::Camera => &devices.camera_id,
            DeviceKind::Speaker => &devices.speaker_id,
        };
        (options(&devices.all, kind), chosen.clone())
    });
    let chosen = chosen.unwrap_or_default();
    let items = all.into_iter().map(|(id, label)| Item::Choice {
        label: named(&id, &label),
        chosen: is_chosen(&chosen, &id),
        run: Box::new(move || {
            let device_id = Some(id.clone()).filter(|id| !id.is_empty());
            ui.command(match kind {
                DeviceKind::Microphone => Command::ChooseMicrophone { device_id },
                DeviceKind::Camera => Command::ChooseCamera { device_id },
                DeviceKind::Speaker => Command::ChooseSpeaker { device_id },
            });
        }),
    });
    items.collect()
}

/// What a device is called.
fn named(id: &str, label: &str) -> String {
    if id.is_empty() {
        say!(system_default).said()
    } else if label.is_empty() {
        fill(say!(unnamed_device), id.get(..4).unwrap_or(id))
    } else {
        label.to_owned()
    }
}

/// Whether the device of this id is the one in use.
fn is_chosen(chosen: &str, id: &str) -> bool {
    chosen == id || chosen.is_empty() && id == "default"
}

fn choice(
    ui: Ui,
    id: &'static str,
    label: Say,
    kind: DeviceKind,
    in_use: fn(&Devices) -> &Option<String>,
    choose: fn(Option<String>) -> Command,
) -> El {
    // A device may get its name later, when the person has allowed it: then it is drawn anew.
    let keys = move || {
        let options = ui.read(|view| options(&view.devices.all, kind));
        let options = options.into_iter();
        options
            .map(|(id, label)| [&id, "\n", &*label].concat())
            .collect()
    };
    el("div", "field")
        .child(el("label", "").attr("for", id).say(label))
        .child(
            el("select", "")
                .attr("id", id)
                .on("change", move |event| {
                    if let Some(select) = event.target() {
                        let value = select.unchecked_into::<HtmlSelectElement>().value();
                        ui.command(choose(Some(value).filter(|id| !id.is_empty())));
                    }
                })
                .each(keys, move |key| {
                    let (id, label) = key.split_once('\n').unwrap_or_default();
                    let label = named(id, label);
                    let value = id.to_owned();
                    let is_chosen = move || {
                        ui.read(|view| {
                            let chosen = in_use(&view.devices).as_deref().unwrap_or_default();
                            is_chosen(chosen, &value)
                        })
                    };
                    el("option", "")
                        .attr("value", id)
                        .attr("translate", "no")
                        .prop_with("selected", is_chosen)
                        .text(&label)
                }),
        )
}

/// Id and label of what can be chosen. The system's default is always among it: by the browser's
/// own entry, or by an empty id.
fn options(all: &[Device], kind: DeviceKind) -> Vec<(String, String)> {
    let mut options: Vec<_> = all
        .iter()
        .filter(|device| device.kind == kind && !device.id.is_empty())
        .map(|device| (device.id.clone(), device.label.clone()))
        .collect();
    if options.iter().all(|(id, _)| id != "default") {
        options.insert(0, Default::default());
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(kind: DeviceKind, id: &str) -> Device {
        Device {
            kind,
            id: id.into(),
            label: id.to_uppercase(),
        }
    }

    fn ids(all: &[Device]) -> Vec<String> {
        let options = options(all, DeviceKind::Microphone);
        options.into_iter().map(|(id, _)| id).collect()
    }

    #[test]
    fn the_default_can_always_be_chosen_and_once() {
        assert_eq!(ids(&[]), [""]);
        let named = [
            device(DeviceKind::Microphone, "a"),
            device(DeviceKind::Camera, "c"),
            device(DeviceKind::Microphone, "b"),
        ];
        assert_eq!(ids(&named), ["", "a", "b"]);
        let chromium = [
            device(DeviceKind::Microphone, "default"),
            device(DeviceKind::Microphone, "a"),
        ];
        assert_eq!(ids(&chromium), ["default", "a"]);
    }

    #[test]
    fn devices_without_an_id_cannot_be_chosen() {
        assert_eq!(ids(&[device(DeviceKind::Microphone, "")]), [""]);
    }
}
