//! An element of the page that shows a picture, and the moment of its first frame.

use std::cell::Cell;
use std::rc::Rc;

use browser::js::{Listener, call, number};
use call::{ConnectionEvent, ConnectionId, Event};
use protocol::TrackKind;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlVideoElement, MediaStream};

use crate::shell::sink::Sink;

/// Whose picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shows {
    Own,
    Person(ConnectionId, TrackKind),
}

/// An element and what it shows.
pub(super) struct Picture {
    video: HtmlVideoElement,
    pub(super) shows: Shows,
    stream: Option<MediaStream>,
    _first_frame: Option<FirstFrame>,
    _on_pause: Listener,
}

impl Picture {
    /// Shows the stream in the element, muted, and plays it as soon as it has a track.
    pub(super) fn show(
        video: &HtmlVideoElement,
        shows: Shows,
        stream: Option<&MediaStream>,
        sink: &Sink,
    ) -> Self {
        video.set_muted(true);
        video.set_autoplay(true);
        browser::js::set(video, "playsInline", true);
        // Before the stream is there, so that its first frame is not missed.
        let first_frame = match shows {
            Shows::Own => None,
            Shows::Person(id, kind) => Some(FirstFrame::watch(id, kind, video, sink)),
        };
        // A browser pauses the picture when its window in the picture is closed.
        let paused = video.clone();
        let picture = Self {
            video: video.clone(),
            shows,
            stream: stream.cloned(),
            _first_frame: first_frame,
            _on_pause: Listener::new(video, "pause", move |_| play(&paused)),
        };
        picture.update();
        picture
    }

    /// Follows the tracks of the stream. While it has none the element must not have it: it would
    /// wait for the first frame, and with it the page, which to the browser is not loaded before
    /// (HTML, "delaying-the-load-event flag").
    pub(super) fn update(&self) {
        let stream = self.stream.as_ref();
        let stream = stream.filter(|stream| stream.get_tracks().length() > 0);
        if self.video.src_object().as_ref() == stream {
            return;
        }
        self.video.set_src_object(stream);
        if stream.is_some() {
            play(&self.video);
        }
    }

    pub(super) fn is_in(&self, video: &HtmlVideoElement) -> bool {
        self.video == *video
    }

    pub(super) fn shows(&self, id: ConnectionId) -> bool {
        matches!(self.shows, Shows::Person(shown, _) if shown == id)
    }
}

/// A muted picture is always allowed to play; what may fail is that another play or stream has
/// taken this one's place.
fn play(video: &HtmlVideoElement) {
    if let Ok(promise) = video.play() {
        wasm_bindgen_futures::spawn_local(async move {
            let _ = browser::js::settled(promise.into()).await;
        });
    }
}

/// Tells once that a person's first frame was painted in this element.
struct FirstFrame {
    video: HtmlVideoElement,
    callback: Option<f64>,
    _painted: Closure<dyn FnMut()>,
    _on_data: [Listener; 2],
}

impl FirstFrame {
    fn watch(id: ConnectionId, kind: TrackKind, video: &HtmlVideoElement, sink: &Sink) -> Self {
        let told = Rc::new(Cell::new(false));
        let tell = {
            let sink = sink.clone();
            move || {
                if !told.replace(true) {
                    sink.event(Event::Connection {
                        connection: id,
                        event: ConnectionEvent::FirstFrame {
                            screen: kind.is_of_screen(),
                        },
                    });
                }
            }
        };
        let painted = Closure::new(tell.clone());
        let callback = call(video, "requestVideoFrameCallback", [painted.as_ref()]);
        let callback = callback.ok().and_then(|handle| handle.as_f64());
        // Nothing is painted on a hidden page, and older browsers don't tell: there the picture's
        // size says that one is there.
        let exact = callback.is_some();
        let on = |event| {
            let (tell, video) = (tell.clone(), video.clone());
            Listener::new(&video.clone(), event, move |_| {
                if number(&video, "videoWidth") > Some(0.0) && (!exact || is_hidden()) {
                    tell();
                }
            })
        };
        Self {
            video: video.clone(),
            callback,
            _painted: painted,
            _on_data: [on("loadeddata"), on("resize")],
        }
    }
}

impl Drop for FirstFrame {
    fn drop(&mut self) {
        if let Some(callback) = self.callback {
            let _ = call(&self.video, "cancelVideoFrameCallback", [&callback.into()]);
        }
    }
}

fn is_hidden() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_some_and(|document| document.hidden())
}
