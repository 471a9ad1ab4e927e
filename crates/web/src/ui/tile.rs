//! A person's tile: picture or initials, name, and how it stands with them.

use call::{Link, Person};
use leptos::prelude::*;
use protocol::Media;
use web_sys::wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, HtmlVideoElement, KeyboardEvent, PointerEvent};

use super::Ui;
use super::el::{El, Node, button, el};
use super::floor::{Floor, Seat};
use super::icons::{self, icon};
use super::identity;
use super::words::{self, say};

/// The own picture: in the lobby (no floor) or in the call.
pub fn own(ui: Ui, floor: Option<Floor>) -> El {
    let media = ui.memo(|view| view.me.media);
    let video = Node::new();
    video.on_load(move |video| {
        ui.world()
            .show_own(video.unchecked_ref::<HtmlVideoElement>());
    });
    let_go_of_video(ui, video);
    let face = face(
        move || ui.read(|view| words::drawn(ui, &view.me.name)),
        move || {
            ui.read(|view| {
                let id = view.me.participant.as_ref();
                id.map_or(0, |id| identity::hue(id.as_str()))
            })
        },
    );
    let shape = move |shape| {
        if let Some(floor) = floor {
            floor.own_shape.set(shape);
        }
    };
    let picture = move |media: Media| media.camera || media.screen;
    let mut tile = el("div", "tile own")
        .attr("role", "group")
        .label(say!(ui, you))
        .class_if("pictured", move || picture(media.get()))
        .class_if("screen", move || media.get().screen)
        .child(face)
        .child(
            // Muted before it plays: nobody hears themselves.
            shaped(el("video", ""), shape)
                .attr("muted", "")
                .prop_with("muted", || true)
                .node(video),
        );
    if let Some(floor) = floor {
        let name = el("div", "tag")
            .child(muted_mark(ui, move || !media.get().microphone))
            .child(el("span", "name").text(say!(ui, you)));
        tile = in_corner(ui, floor, tile.child(name));
    }
    tile
}

/// Lets the own picture be moved to any corner.
fn in_corner(ui: Ui, floor: Floor, tile: El) -> El {
    let node = Node::new();
    let seat = StoredValue::new(None::<Seat>);
    node.on_load(move |tile| seat.set_value(Some(floor.keep(ui, None, tile))));
    let alone_or_two = ui.memo(|view| view.people.len() < 2);
    // Where the pointer was, when, and how fast it went.
    let grip = StoredValue::new(None::<(f64, f64, f64)>);
    let speed = StoredValue::new((0.0, 0.0));
    let pointer = |event: Event| event.unchecked_into::<PointerEvent>();
    let end = move |event: Event| {
        let Some((_, _, when)) = grip.get_value() else {
            return;
        };
        grip.set_value(None);
        if let (Some(tile), Some(seat)) = (node.get_untracked(), seat.get_value()) {
            let _ = tile.class_list().remove_1("held");
            // A hand that rested before it let go did not throw.
            let rested = event.time_stamp() - when > 100.0;
            floor.let_go(
                seat,
                if rested {
                    (0.0, 0.0)
                } else {
                    speed.get_value()
                },
            );
        }
    };
    tile.node(node)
        .class_if("corner", move || alone_or_two.get())
        .on("pointerdown", move |event| {
            let event = pointer(event);
            let on_button = event
                .target()
                .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
                .is_some_and(|target| target.closest("button").ok().flatten().is_some());
            if on_button || !alone_or_two.get_untracked() || event.button() != 0 {
                return;
            }
            if let Some(tile) = node.get_untracked() {
                let _ = tile.set_pointer_capture(event.pointer_id());
                let _ = tile.class_list().add_1("held");
            }
            speed.set_value((0.0, 0.0));
            grip.set_value(Some((at(&event).0, at(&event).1, event.time_stamp())));
        })
        .on("pointermove", move |event| {
            let event = pointer(event);
            if let (Some((x, y, when)), Some(seat)) = (grip.get_value(), seat.get_value()) {
                let ((new_x, new_y), now) = (at(&event), event.time_stamp());
                let by = (new_x - x, new_y - y);
                let time = (now - when).max(1.0);
                speed.set_value((by.0 / time, by.1 / time));
                grip.set_value(Some((new_x, new_y, now)));
                seat.drag(by);
            }
        })
        .on("pointerup", end)
        .on("pointercancel", end)
        .when(alone_or_two, move || {
            button("move", move || floor.set_corner(floor.corner().next()))
                .label(say!(ui, move_own_picture))
                .on("keydown", move |event| {
                    let event: KeyboardEvent = event.unchecked_into();
                    if let Some(corner) = floor.corner().after_key(&event.key()) {
                        event.prevent_default();
                        floor.set_corner(corner);
                    }
                })
                .child(icon(icons::MOVE))
        })
}

/// Whose tile it is.
#[derive(Clone, Copy)]
struct Who {
    ui: Ui,
    id: StoredValue<String>,
}

impl Who {
    /// Reads the person, if still there.
    fn read<T>(self, read: impl FnOnce(&Person) -> T) -> Option<T> {
        let found = self.id.try_with_value(|id| self.ui.person(id, read));
        found.flatten()
    }
}

/// Somebody else.
pub fn person(ui: Ui, floor: Floor, id: String) -> AnyView {
    let hue = identity::hue(&id);
    let who = Who {
        ui,
        id: StoredValue::new(id.clone()),
    };
    let read = move |read: fn(&Person) -> bool| who.read(read).unwrap_or_default();
    let link = Memo::new(move |_| who.read(|person| person.link));
    let connection = Memo::new(move |_| who.read(|person| person.connection).flatten());
    let shape = RwSignal::new(16.0 / 9.0);
    let name = move || {
        let name = who.read(|person| words::drawn(ui, &person.name));
        name.unwrap_or_default()
    };

    let video = Node::new();
    Effect::new(move |_| {
        if let Some(video) = video.get() {
            let video: &HtmlVideoElement = video.unchecked_ref();
            match connection.get() {
                Some(connection) => ui.world().show_person(connection, video),
                None => ui.world().clear(video),
            }
        }
    });
    let_go_of_video(ui, video);

    el("div", "tile")
        .attr("role", "group")
        .attr_with("aria-label", move || Some(name()))
        .class_if("pictured", move || {
            read(|person| person.has_picture && (person.media.camera || person.media.screen))
        })
        .class_if("screen", move || read(|person| person.media.screen))
        .class_if("upright", move || shape.get() < 1.0)
        .class_if("talking", move || read(|person| person.talking))
        .class_if("broken", move || {
            matches!(link.get(), Some(Link::Reconnecting | Link::Failed))
        })
        .mounted(move |tile: HtmlElement| {
            floor.keep(ui, Some(id.clone()), tile);
        })
        .child(face(name, move || hue))
        .child(shaped(el("video", ""), move |new| shape.set(new)).node(video))
        .child(
            el("div", "tag")
                .child(muted_mark(ui, move || {
                    read(|person| !person.media.microphone)
                }))
                .child(
                    el("span", "waves")
                        .attr("title", say!(ui, talking))
                        .child(icon(icons::TALKING)),
                )
                .child(el("bdi", "name").text_with(name))
                .child(quality(who)),
        )
        .into()
}

/// When the tile goes, so does what is shown in it.
fn let_go_of_video(ui: Ui, video: Node) {
    on_cleanup(move || {
        if let Some(Some(video)) = video.try_get_untracked() {
            ui.world().clear(video.unchecked_ref::<HtmlVideoElement>());
        }
    });
}

/// A video that tells its shape, width over height, whenever it changes.
fn shaped(video: El, shape: impl Fn(f64) + Copy + 'static) -> El {
    let tell = move |event: Event| {
        if let Some(video) = event.target() {
            let video: HtmlVideoElement = video.unchecked_into();
            let (width, height) = (video.video_width(), video.video_height());
            if width > 0 && height > 0 {
                shape(f64::from(width) / f64::from(height));
            }
        }
    };
    video
        .attr("autoplay", "")
        .attr("playsinline", "")
        .on("resize", tell)
        .on("loadedmetadata", tell)
}

/// Initials on the person's colour. It says nothing that the tile's name does not say.
fn face(
    name: impl Fn() -> String + Send + 'static,
    hue: impl Fn() -> usize + Send + 'static,
) -> El {
    el("div", "face").attr("aria-hidden", "true").child(
        el("span", "")
            .attr_with("class", move || {
                Some(["hue", HUES.get(hue()).unwrap_or(&"0")].concat())
            })
            .text_with(move || identity::initials(&name())),
    )
}

const HUES: [&str; identity::HUES] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

fn muted_mark(ui: Ui, muted: impl Fn() -> bool + Send + Sync + 'static) -> El {
    let muted = Memo::new(move |_| muted());
    el("span", "muted-mark").when(muted, move || {
        el("span", "")
            .child(icon(icons::MICROPHONE_OFF))
            .child(el("span", "sr").text(say!(ui, is_muted)))
    })
}

/// Three bars, with the reason why there are not more.
fn quality(who: Who) -> El {
    let ui = who.ui;
    let quality = Memo::new(move |_| who.read(|person| person.quality).unwrap_or_default());
    let told = RwSignal::new(false);
    let words = move || {
        let quality = quality.get();
        let word = match quality.bars {
            0 => say!(ui, quality_unknown),
            1 => say!(ui, quality_bad),
            2 => say!(ui, quality_fair),
            _ => say!(ui, quality_good),
        };
        match quality.reason {
            Some(reason) => [word, ". ", words::quality_reason(ui, reason)].concat(),
            None => word.to_owned(),
        }
    };
    button("quality", move || told.update(|told| *told = !*told))
        .attr_with("aria-label", move || Some(words()))
        .attr_with("title", move || Some(words()))
        .class_if("one", move || quality.get().bars == 1)
        .class_if("two", move || quality.get().bars == 2)
        .class_if("three", move || quality.get().bars == 3)
        .child(el("i", ""))
        .child(el("i", ""))
        .child(el("i", ""))
        .child(
            el("span", "why")
                .class_if("told", move || told.get())
                .attr("aria-hidden", "true")
                .text_with(words),
        )
}

fn at(event: &PointerEvent) -> (f64, f64) {
    (f64::from(event.client_x()), f64::from(event.client_y()))
}
