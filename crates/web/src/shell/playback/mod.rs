//! Who is seen in which element, and heard.
//!
//! Pictures are drawn by the elements that the page gives, always muted; sound is played by an
//! element of its own for each person. So sound does not depend on which tile is drawn, nor wait
//! for a first picture, as a browser's `<video>` with sound does when the camera is off.

mod person;
mod picture;
mod speaker;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use browser::few::Few;
use browser::js::{error_name, settled, warn};
use call::{ConnectionId, Event, Hearing, MediaEvent};
use protocol::TrackKind;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::{
    HtmlAudioElement, HtmlMediaElement, HtmlVideoElement, MediaStream, MediaStreamTrack,
};

use self::person::Person;
use self::picture::{Picture, Shows};
use super::sink::Sink;

/// Everything that is seen and heard.
pub(super) struct Playback {
    sink: Sink,
    people: RefCell<Few<ConnectionId, Person>>,
    pictures: RefCell<Vec<Picture>>,
    /// The chosen speaker; none is the default.
    speaker: RefCell<Option<String>>,
    /// The browser refused to play sound, and the engine was told.
    blocked: Cell<bool>,
    /// When sound was paused last, in milliseconds, and how many pauses have followed each other
    /// within [`PAUSES_MS`].
    paused: Cell<(f64, u32)>,
}

/// Sound that is paused so many times, each within so many milliseconds after the last, does not
/// play again by itself.
const PAUSES: u32 = 3;
const PAUSES_MS: f64 = 2_000.0;

impl Playback {
    pub(super) fn new(sink: Sink) -> Self {
        Self {
            sink,
            people: RefCell::default(),
            pictures: RefCell::default(),
            speaker: RefCell::default(),
            blocked: Cell::new(false),
            paused: Cell::new((0.0, 0)),
        }
    }

    /// Shows the own picture in this element from now on.
    pub(super) fn show_own(&self, video: &HtmlVideoElement, preview: Option<&MediaStream>) {
        self.show(video, Shows::Own, preview);
    }

    /// Shows a person's camera or screen in this element, now or as soon as anything of it is there.
    pub(super) fn show_person(&self, id: ConnectionId, kind: TrackKind, video: &HtmlVideoElement) {
        let stream = self.stream_of(id, kind);
        self.show(video, Shows::Person(id, kind), stream.as_ref());
    }

    /// The tracks of the own picture have changed.
    pub(super) fn own_changed(&self) {
        self.update(Shows::Own);
    }

    /// Shows nothing there any more.
    pub(super) fn clear(&self, video: &HtmlVideoElement) {
        self.pictures
            .borrow_mut()
            .retain(|picture| !picture.is_in(video));
        video.set_src_object(None);
        // A person whose connection is closed was kept for the last element that showed it.
        let pictures = self.pictures.borrow();
        self.people.borrow_mut().retain(|id, person| {
            !person.closed || pictures.iter().any(|picture| picture.shows(id))
        });
    }

    /// Takes a remote track; it is seen and heard at once.
    pub(super) fn add_track(
        self: &Rc<Self>,
        id: ConnectionId,
        kind: TrackKind,
        track: &MediaStreamTrack,
    ) {
        self.make(id);
        let sound = {
            let mut people = self.people.borrow_mut();
            let Some(person) = people.get_mut(id) else {
                return;
            };
            person.add(kind, track);
            person.sound(kind).cloned()
        };
        self.update(Shows::Person(id, kind));
        if let Some(sound) = sound {
            self.use_speaker(&sound);
            self.play(sound.into());
            let playback = Rc::downgrade(self);
            if let Some(person) = self.people.borrow_mut().get_mut(id) {
                person.on_pause(kind, move || {
                    if let Some(playback) = playback.upgrade() {
                        playback.paused(id, kind);
                    }
                });
            }
        }
    }

    /// A media key, or a headset that went away, has paused somebody's sound. It plays again at
    /// once. If it was paused too often, the engine is told that the browser plays no sound.
    fn paused(self: &Rc<Self>, id: ConnectionId, kind: TrackKind) {
        let sound = {
            let people = self.people.borrow();
            let person = people.get(id);
            person.and_then(|person| person.sound(kind).cloned())
        };
        let goes_on = |sound: &HtmlAudioElement| {
            let stream = sound.src_object();
            stream.is_some_and(|stream| stream.active())
        };
        let Some(sound) = sound.filter(goes_on) else {
            return;
        };
        let now = js_sys::Date::now();
        let (before, count) = self.paused.get();
        let count = if now - before < PAUSES_MS {
            count + 1
        } else {
            1
        };
        self.paused.set((now, count));
        if count < PAUSES {
            self.play(sound.into());
        } else if !self.blocked.replace(true) {
            self.sink.event(Event::Media(MediaEvent::PlaybackBlocked));
        }
    }

    /// Plays everything of this person so loud from now on.
    pub(super) fn hear(&self, id: ConnectionId, hearing: Hearing) {
        self.make(id);
        if let Some(person) = self.people.borrow_mut().get_mut(id) {
            person.hear(hearing);
        }
    }

    /// The connection is closed: silence. The last picture stays until the page shows another.
    pub(super) fn forget(&self, id: ConnectionId) {
        if let Some(person) = self.people.borrow_mut().get_mut(id) {
            person.close();
        }
        let pictures = self.pictures.borrow();
        if !pictures.iter().any(|picture| picture.shows(id)) {
            self.people.borrow_mut().remove(id);
        }
    }

    /// Tries again to play what the browser refused.
    pub(super) fn play_all(self: &Rc<Self>) {
        let sounds: Vec<_> = {
            let people = self.people.borrow();
            let people = people.iter();
            people
                .flat_map(|(_, person)| person.sounds().cloned().collect::<Vec<_>>())
                .collect()
        };
        for sound in sounds {
            self.play(sound.into());
        }
    }

    fn show(&self, video: &HtmlVideoElement, shows: Shows, stream: Option<&MediaStream>) {
        let mut pictures = self.pictures.borrow_mut();
        if pictures
            .iter()
            .any(|picture| picture.is_in(video) && picture.shows == shows)
        {
            return;
        }
        pictures.retain(|picture| !picture.is_in(video));
        pictures.push(Picture::show(video, shows, stream, &self.sink));
    }

    fn update(&self, shows: Shows) {
        let pictures = self.pictures.borrow();
        for picture in pictures.iter().filter(|picture| picture.shows == shows) {
            picture.update();
        }
    }

    /// The stream of this person's camera or screen.
    fn stream_of(&self, id: ConnectionId, kind: TrackKind) -> Option<MediaStream> {
        self.make(id);
        self.people.borrow().get(id)?.stream(kind).cloned()
    }

    /// Sees that there is a place for what arrives of this person.
    fn make(&self, id: ConnectionId) {
        let mut people = self.people.borrow_mut();
        if people.get(id).is_none() {
            people.insert(id, Person::new());
        }
    }

    fn play(self: &Rc<Self>, element: HtmlMediaElement) {
        let started = element.play();
        let playback = Rc::clone(self);
        spawn_local(async move {
            let outcome = match started {
                Ok(promise) => settled(promise.into()).await,
                Err(error) => Err(error),
            };
            playback.tell(outcome);
        });
    }

    fn tell(&self, outcome: Result<JsValue, JsValue>) {
        match outcome {
            Ok(_) => {
                if self.blocked.replace(false) {
                    self.sink.event(Event::Media(MediaEvent::PlaybackAllowed));
                }
            }
            Err(error) if error_name(&error) == "NotAllowedError" => {
                if !self.blocked.replace(true) {
                    self.sink.event(Event::Media(MediaEvent::PlaybackBlocked));
                }
            }
            // Another call of play() or a new stream has taken its place.
            Err(error) if error_name(&error) == "AbortError" => {}
            Err(error) => warn("play", &error),
        }
    }
}
