//! A person's tile: picture or initials, name, and how it stands with them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use call::{ConnectionId, Link};
use protocol::TrackKind;
use reactive_graph::graph::untrack;
use web_sys::wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, HtmlVideoElement, KeyboardEvent, PointerEvent};

use super::dom;
use super::el::{El, at_end, button, el, follow};
use super::floor::{self, Floor, Shows};
use super::icons::{self, Icon, icon};
use super::identity;
use super::live::Live;
use super::page::Ui;
use super::who::Who;
use super::words::{self, Say, fill, say};

/// The own picture: in the lobby (no floor) or in the call.
pub fn own(ui: Ui, floor: Option<Floor>) -> El {
    let shape = move |shape| {
        if let Some(floor) = floor {
            floor.set_own_shape(shape);
        }
    };
    // Muted before it plays: nobody hears themselves.
    let (video, element) = shaped(shape);
    let video = video.attr("muted", "");
    element.set_muted(true);
    ui.world().show_own(&element);
    at_end(move || ui.world().clear(&element));

    let sharing = move || ui.read(|view| view.me.media.screen);
    let tile = el("div", "tile own")
        .attr("role", "group")
        .label(say!(you))
        .class_if("pictured", move || ui.read(|view| view.me.media.camera))
        .class_if("talking", move || ui.read(|view| view.me.talking))
        .class_if("away", move || ui.read(|view| view.me.camera_faces_away))
        .child(face(
            move || ui.read(|view| words::drawn(&view.me.name)),
            move || identity::of_me(ui),
        ))
        .child(video);
    match floor {
        None => tile,
        Some(floor) => {
            let muted = move || ui.read(|view| !view.me.media.microphone);
            let name = el("div", "tag")
                .child(microphone_mark(muted))
                .child(el("span", "name").say(say!(you)))
                .child(state(sharing, say!(is_sharing)));
            in_corner(ui, floor, tile.child(name))
        }
    }
}

/// What holds the own picture: where the pointer was, when, and how fast it went.
#[derive(Clone, Copy)]
struct Grip {
    at: (f64, f64),
    when: f64,
    speed: (f64, f64),
}

/// Lets the own picture be moved to any corner.
fn in_corner(ui: Ui, floor: Floor, tile: El) -> El {
    let element = tile.element();
    let seat = Rc::new(floor.keep(ui, Shows::Own, element.clone()));
    let cornered = move || ui.read(|view| floor::shared_screens(view) == 0);
    let grip = Rc::new(Cell::new(None::<Grip>));
    let pointer = |event: Event| event.unchecked_into::<PointerEvent>();

    let (held, holding) = (element.clone(), Rc::clone(&grip));
    let take = move |event: Event| {
        let event = pointer(event);
        let on_button = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .is_some_and(|target| target.closest("button").ok().flatten().is_some());
        if on_button || !untrack(cornered) || event.button() != 0 {
            return;
        }
        let _ = held.set_pointer_capture(event.pointer_id());
        let _ = held.class_list().add_1("held");
        holding.set(Some(Grip {
            at: at(&event),
            when: event.time_stamp(),
            speed: (0.0, 0.0),
        }));
    };
    let (moved, moving) = (Rc::clone(&seat), Rc::clone(&grip));
    let drag = move |event: Event| {
        let event = pointer(event);
        let Some(grip) = moving.get() else {
            return;
        };
        let (now, when) = (at(&event), event.time_stamp());
        let by = (now.0 - grip.at.0, now.1 - grip.at.1);
        let time = (when - grip.when).max(1.0);
        moved.drag(by);
        moving.set(Some(Grip {
            at: now,
            when,
            speed: (by.0 / time, by.1 / time),
        }));
    };
    let end: Rc<dyn Fn(Event)> = Rc::new(move |event: Event| {
        if let Some(grip) = grip.take() {
            let _ = element.class_list().remove_1("held");
            // A hand that rested before it let go did not throw.
            let rested = event.time_stamp() - grip.when > 100.0;
            floor.let_go(&seat, if rested { (0.0, 0.0) } else { grip.speed });
        }
    });
    let cancel = Rc::clone(&end);
    tile.class_if("corner", cornered)
        .on("pointerdown", take)
        .on("pointermove", drag)
        .on("pointerup", move |event| end(event))
        .on("pointercancel", move |event| cancel(event))
        .when(cornered, move || {
            button("move", move || floor.set_corner(floor.corner().next()))
                .label(say!(move_own_picture))
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

/// Somebody else.
pub fn person(ui: Ui, floor: Floor, id: &str) -> El {
    let who = Who::new(ui, id);
    let hue = identity::hue(id);
    let upright = Live::new(false);
    let (video, element) = shaped(move |shape| upright.set(shape < 1.0));
    leave_small_window(&who, element.clone());
    show(&who, TrackKind::Camera, element);

    // What is asked of the person in each new view.
    let is = |read: fn(&call::Person) -> bool| {
        let who = who.clone();
        move || who.read(read).unwrap_or_default()
    };
    let name = || {
        let who = who.clone();
        move || who.name()
    };
    let tile = el("div", "tile")
        .attr("role", "group")
        .attr_with("aria-label", name())
        .class_if(
            "pictured",
            is(|person| person.has_picture && person.media.camera),
        )
        .class_if("upright", move || upright.get())
        .class_if("talking", is(|person| person.talking))
        .class_if(
            "broken",
            is(|person| matches!(person.link, Link::Reconnecting | Link::Failed)),
        )
        .child(face(name(), move || hue))
        .child(video)
        .child(
            el("div", "tag")
                .child(microphone_mark(is(|person| !person.media.microphone)))
                .child(muted_mark(
                    icons::SPEAKER_OFF,
                    say!(is_muted_for_you),
                    is(|person| person.hearing.muted),
                ))
                .child(
                    el("span", "waves")
                        .title(say!(talking))
                        .attr("aria-hidden", "true")
                        .child(icon(icons::TALKING)),
                )
                .child(el("bdi", "name").attr("translate", "no").text_with(name()))
                .child(state(is(|person| person.talking), say!(talking)))
                .child(state(is(|person| person.media.screen), say!(is_sharing)))
                .child(state(is(|person| !person.media.camera), say!(is_dark)))
                .child(quality(who.clone())),
        );
    floor.keep(ui, Shows::Person(who), tile.element());
    tile
}

/// The screen that somebody else shares.
pub fn screen(ui: Ui, floor: Floor, id: &str) -> El {
    let who = Who::new(ui, id);
    let (video, element) = shaped(|_| ());
    show(&who, TrackKind::Screen, element);
    let title = || {
        let who = who.clone();
        move || fill(say!(screen_of), &who.name())
    };
    let painted = {
        let who = who.clone();
        move || who.read(|person| person.has_screen).unwrap_or_default()
    };
    let tile = el("div", "tile screen")
        .attr("role", "group")
        .attr_with("aria-label", title())
        .class_if("pictured", painted)
        .child(video)
        .child(
            el("div", "tag")
                .child(icon(icons::SCREEN))
                .child(el("bdi", "name").attr("translate", "no").text_with(title())),
        );
    floor.keep(ui, Shows::Screen(who), tile.element());
    tile
}

/// Ends picture in picture when the camera goes off. Otherwise the small window would go on showing
/// the last picture.
fn leave_small_window(who: &Who, video: HtmlVideoElement) {
    let who = who.clone();
    follow(Box::new(move || {
        let pictured = who.read(|person| person.media.camera);
        let in_window = dom::property(&dom::document(), "pictureInPictureElement");
        if pictured == Some(false) && &in_window == AsRef::<JsValue>::as_ref(&video) {
            dom::call_method(&dom::document(), "exitPictureInPicture", []);
        }
    }));
}

/// Keeps the person's camera or screen in the video, whichever connection it comes by.
fn show(who: &Who, kind: TrackKind, video: HtmlVideoElement) {
    let (ui, who) = (who.ui(), who.clone());
    let shown = RefCell::new(None::<ConnectionId>);
    let last = video.clone();
    follow(Box::new(move || {
        let now = who.read(|person| person.connection).flatten();
        if shown.replace(now) != now {
            match now {
                Some(connection) => ui.world().show_person(connection, kind, &video),
                None => ui.world().clear(&video),
            }
        }
    }));
    at_end(move || ui.world().clear(&last));
}

/// A video that tells its shape, width over height, whenever it changes.
fn shaped(shape: impl Fn(f64) + 'static) -> (El, HtmlVideoElement) {
    let video = el("video", "").attr("autoplay", "").attr("playsinline", "");
    let element: HtmlVideoElement = video.element().unchecked_into();
    let told = element.clone();
    let tell: Rc<dyn Fn()> = Rc::new(move || {
        let (width, height) = (told.video_width(), told.video_height());
        if width > 0 && height > 0 {
            shape(f64::from(width) / f64::from(height));
        }
    });
    let first = Rc::clone(&tell);
    let video = video
        .on("resize", move |_| tell())
        .on("loadedmetadata", move |_| first());
    (video, element)
}

/// What is seen while there is no picture.
fn face(name: impl Fn() -> String + 'static, hue: impl Fn() -> usize + 'static) -> El {
    el("div", "face").child(identity::disc(name, hue))
}

/// Says to screen readers what the tile only shows.
fn state(there: impl Fn() -> bool + 'static, words: Say) -> El {
    el("span", "sr").when(there, move || el("span", "").say(words))
}

fn microphone_mark(muted: impl Fn() -> bool + 'static) -> El {
    muted_mark(icons::MICROPHONE_OFF, say!(is_muted), muted)
}

/// Says that somebody is not heard, and why.
fn muted_mark(picture: Icon, words: Say, muted: impl Fn() -> bool + 'static) -> El {
    el("span", "muted-mark").when(muted, move || {
        el("span", "")
            .title(words)
            .child(icon(picture))
            .child(el("span", "sr").say(words))
    })
}

/// Three bars, with the reason why there are not more.
fn quality(who: Who) -> El {
    let told = Live::new(false);
    let quality = || {
        let who = who.clone();
        move || who.read(|person| person.quality).unwrap_or_default()
    };
    let words = || {
        let quality = quality();
        move || words::quality(quality())
    };
    let label = {
        let (who, words) = (who.clone(), words());
        move || [&who.name(), ": ", &*words()].concat()
    };
    let bars = |bars: u8| {
        let quality = quality();
        move || quality().bars == bars
    };
    button("quality", move || told.update(|told| *told = !*told))
        .attr_with("aria-label", label)
        .attr_with("aria-expanded", move || told.get().to_string())
        .attr_with("title", words())
        .class_if("one", bars(1))
        .class_if("two", bars(2))
        .class_if("three", bars(3))
        .child(el("i", ""))
        .child(el("i", ""))
        .child(el("i", ""))
        .child(
            el("span", "why")
                .class_if("told", move || told.get())
                .attr("aria-hidden", "true")
                .text_with(words()),
        )
}

fn at(event: &PointerEvent) -> (f64, f64) {
    (f64::from(event.client_x()), f64::from(event.client_y()))
}
