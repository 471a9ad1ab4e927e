//! The page itself: its address, whether it is seen, online, and going away.

use browser::js::{Listener, call_async, get, set, text, warn};
use call::{Command, Event, PageEvent};
use js_sys::Array;
use protocol::RoomId;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, EventTarget, Window};

use super::sink::Sink;
use super::wake_lock::WakeLock;

/// In front of the room's id in an invitation's address.
const ROOM_PATH: &str = "/r/";
/// The state that marks a call's entry in the history.
const IN_CALL: &str = "call";

/// The room of the address in the address bar.
pub(super) fn room() -> Option<RoomId> {
    call::room_in_path(&path())
}

/// The path of the address in the address bar.
fn path() -> String {
    let window = web_sys::window();
    let path = window.and_then(|window| window.location().pathname().ok());
    path.unwrap_or_default()
}

/// The path, if it is that of a call but cannot be read. The engine says what is wrong with it.
pub(super) fn unread_link() -> Option<String> {
    Some(path()).filter(|path| path.starts_with(ROOM_PATH) && room().is_none())
}

/// Removes from the address bar what stood behind the room's id in the link.
pub(super) fn tidy_address() {
    let (Some(window), Some(room)) = (web_sys::window(), room()) else {
        return;
    };
    let tidy = [ROOM_PATH, room.as_str()].concat();
    if path() == tidy {
        return;
    }
    let history = window.history();
    let shown = history.and_then(|it| it.replace_state_with_url(&JsValue::NULL, "", Some(&tidy)));
    if let Err(error) = shown {
        warn("history", &error);
    }
}

/// Scheme, host and port of this page.
pub(super) fn origin() -> String {
    let origin = web_sys::window().and_then(|window| window.location().origin().ok());
    origin.unwrap_or_default()
}

/// Puts the room's address, or that of no room, in the address bar. The browser's Back then leads
/// to the address before it. A call has an entry of its own in the history, so that the page
/// notices Back during a call.
pub(super) fn show_address(room: Option<&RoomId>, in_call: bool) {
    let Some(window) = web_sys::window() else {
        return;
    };
    let path = room.map_or_else(
        || "/".to_owned(),
        |room| [ROOM_PATH, room.as_str()].concat(),
    );
    let Ok(history) = window.history() else {
        return;
    };
    let is_shown = window.location().pathname().as_ref() == Ok(&path);
    let was_in_call = history.state().ok().and_then(|state| state.as_string());
    let was_in_call = was_in_call.as_deref() == Some(IN_CALL);
    let state = if in_call {
        JsValue::from_str(IN_CALL)
    } else {
        JsValue::NULL
    };
    let shown = if is_shown && was_in_call == in_call {
        return;
    } else if is_shown && was_in_call {
        history.replace_state_with_url(&state, "", None)
    } else {
        history.push_state_with_url(&state, "", Some(&path))
    };
    if let Err(error) = shown {
        warn("history", &error);
    }
}

/// Whether nobody looks at the page, for example because its tab was opened in the background.
pub(super) fn is_hidden() -> bool {
    document().is_some_and(|document| document.hidden())
}

/// Tells the engine of everything that happens to the page, for as long as this lives.
pub(super) fn listen(
    sink: &Sink,
    wake_lock: &WakeLock,
    wake_levels: impl Fn() + Clone + 'static,
    asks_to_stay: impl Fn() -> bool + 'static,
) -> Vec<Listener> {
    let (Some(window), Some(document)) = (web_sys::window(), document()) else {
        return Vec::new();
    };
    let on_window = |name, event| {
        let sink = sink.clone();
        Listener::new(&window, name, move |_| sink.event(Event::Page(event)))
    };
    let (visible_sink, wake_lock) = (sink.clone(), wake_lock.clone());
    let on_visibility = Listener::new(&document, "visibilitychange", move |_| {
        let hidden = is_hidden();
        if !hidden {
            wake_lock.renew();
        }
        visible_sink.event(Event::Page(if hidden {
            PageEvent::Hidden
        } else {
            PageEvent::Visible
        }));
    });
    let address_sink = sink.clone();
    let on_address = Listener::new(&window, "popstate", move |_| {
        address_sink.command(Command::Went { room: room() });
    });
    // If the browser lets pages ask for it, the browser asks whether to leave, in words of its own.
    let on_leaving = Listener::new(&window, "beforeunload", move |event| {
        if asks_to_stay() {
            event.prevent_default();
            set(&event, "returnValue", true);
        }
    });
    // A page that comes back out of the browser's cache has said goodbye to the server.
    let on_show = Listener::new(&window, "pageshow", |event| {
        let persisted = get(&event, "persisted").as_bool() == Some(true);
        if let Some(window) = web_sys::window().filter(|_| persisted) {
            let _ = window.location().reload();
        }
    });
    // A page that was frozen says so here, and is not always hidden and shown for it.
    let resume_sink = sink.clone();
    let on_resume = Listener::new(&document, "resume", move |_| {
        resume_sink.event(Event::Page(PageEvent::Visible));
    });
    let on_gesture = |name| {
        let wake = wake_levels.clone();
        Listener::new(&window, name, move |_| wake())
    };
    let mut listeners = vec![
        on_resume,
        on_visibility,
        on_window("online", PageEvent::Online),
        on_window("offline", PageEvent::Offline),
        on_window("pagehide", PageEvent::Closing),
        on_address,
        on_leaving,
        on_show,
        on_gesture("pointerup"),
        on_gesture("keyup"),
    ];
    listeners.extend(on_network(sink, &window));
    listeners
}

/// Tells when the device goes over another network, where the browser says so (Network
/// Information API): the event also comes for mere estimates of its speed.
fn on_network(sink: &Sink, window: &Window) -> Option<Listener> {
    let network: EventTarget = get(&window.navigator(), "connection").dyn_into().ok()?;
    let sink = sink.clone();
    let mut before = text(&network, "type");
    let it = network.clone();
    Some(Listener::new(&network, "change", move |_| {
        let now = text(&it, "type");
        if before != now {
            before = now;
            sink.event(Event::Page(PageEvent::NetworkChanged));
        }
    }))
}

/// The addresses under which others reach the server, the best first. None if this page did not
/// come from this computer, or the server does not answer.
pub(super) async fn network_origins() -> Option<Vec<String>> {
    if !is_loopback(&web_sys::window()?) {
        return None;
    }
    let urls = get(&server_info().await?, "network_urls");
    let urls = urls.dyn_into::<Array>().ok()?;
    Some(urls.iter().filter_map(|url| url.as_string()).collect())
}

/// The version of the server.
pub(super) async fn server_version() -> Option<String> {
    text(&server_info().await?, "version")
}

/// What the server says of itself.
async fn server_info() -> Option<JsValue> {
    let window = web_sys::window()?;
    let response = call_async(&window, "fetch", [&"/info.json".into()])
        .await
        .ok()?;
    call_async(&response, "json", []).await.ok()
}

fn is_loopback(window: &Window) -> bool {
    let host = window.location().hostname().unwrap_or_default();
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "[::1]"
        || host.starts_with("127.")
}

fn document() -> Option<Document> {
    web_sys::window()?.document()
}
