//! Which microphone, camera and speaker, and how the sound is taken.

use call::{Command, Device, DeviceKind, Devices};
use protocol::Name;
use web_sys::wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement};

use super::Ui;
use super::el::{El, button, el};
use super::icons::{self, icon};
use super::words::{Say, fill, say};

/// The panel "Settings".
pub fn settings(ui: Ui) -> El {
    let music = move || ui.read(|view| view.me.music);
    el("div", "settings")
        .child(name(ui))
        .child(choices(ui))
        .child(switch(say!(music_mode), music, move |on| {
            ui.command(Command::SetMusic { on });
        }))
        .child(el("p", "muted").say(say!(music_why)))
}

/// Whether the own address is hidden from the others.
pub fn relay_only(ui: Ui) -> El {
    let on = move || ui.read(|view| view.me.relay_only);
    el("div", "")
        .child(switch(say!(relay_only), on, move |on| {
            ui.command(Command::SetRelayOnly { on });
        }))
        .child(el("p", "muted").say(say!(relay_only_why)))
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

/// The menus of devices.
pub fn choices(ui: Ui) -> El {
    let has_speakers = move || {
        ui.read(|view| {
            let mut all = view.devices.all.iter();
            all.any(|device| device.kind == DeviceKind::Speaker)
        })
    };
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
                    let label = if id.is_empty() {
                        say!(system_default).said()
                    } else if label.is_empty() {
                        fill(say!(unnamed_device), id.get(..4).unwrap_or(id))
                    } else {
                        label.to_owned()
                    };
                    let value = id.to_owned();
                    let is_chosen = move || {
                        ui.read(|view| {
                            let chosen = in_use(&view.devices).as_deref().unwrap_or_default();
                            let default = chosen.is_empty() && value == "default";
                            chosen == value || default
                        })
                    };
                    el("option", "")
                        .attr("value", id)
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

/// Something that is on or off.
pub fn switch(label: Say, on: impl Fn() -> bool + 'static, set: impl Fn(bool) + 'static) -> El {
    el("label", "switch")
        .child(
            el("input", "")
                .attr("type", "checkbox")
                .attr("role", "switch")
                .prop_with("checked", on)
                .on("change", move |event| {
                    if let Some(input) = event.target() {
                        set(input.unchecked_into::<HtmlInputElement>().checked());
                    }
                }),
        )
        .child(el("span", "").say(label))
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
