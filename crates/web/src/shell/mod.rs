//! Runs the call engine on the browser. Knows nothing of how the view is drawn.

mod connection;
#[cfg(debug_assertions)]
mod crash;
mod devices;
mod driver;
mod levels;
mod memory;
mod page;
mod playback;
mod sink;
mod stats;
mod tabs;
mod wake_lock;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use browser::js::Listener;
use browser::{Sockets, random};
use call::{
    Call, Command, Config, ConnectionId, Details, Effect, Event, Input, MediaOp, PageEvent, Screen,
    View,
};
use protocol::{ParticipantId, RoomSecret, TrackKind};
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlVideoElement;
use web_time::Instant;

use self::connection::Connections;
use self::devices::{Devices, LocalTracks};
pub use self::driver::Shown;
use self::driver::{Driver, Work};
use self::levels::Levels;
use self::playback::Playback;
use self::sink::Sink;
use self::tabs::Tabs;
use self::wake_lock::WakeLock;

/// The running page: the engine, and the browser's things that it works with. Clones are the same
/// stage.
#[derive(Clone)]
pub struct Stage(Rc<Inner>);

struct Inner {
    driver: Driver,
    show: Box<dyn Fn(Shown)>,
    sockets: Sockets,
    connections: Connections,
    devices: Devices,
    tracks: Rc<LocalTracks>,
    playback: Rc<Playback>,
    levels: Levels,
    tabs: Tabs,
    wake_lock: WakeLock,
    /// The addresses under which others reach the server. None while they are not known, and on a
    /// page that did not come from this computer.
    network_origins: RefCell<Option<Vec<String>>>,
    asked_network_origin: Cell<bool>,
    _listeners: Vec<Listener>,
}

impl Stage {
    /// Starts the engine for this page. `show` is called after everything that changed what is
    /// drawn; for the first view ask [`Stage::view`].
    pub fn start(show: impl Fn(Shown) + 'static) -> Self {
        #[cfg(debug_assertions)]
        crash::tell_of_panics();
        let call = Call::new(
            Instant::now(),
            Config {
                // Without randomness the tries to reach the server are less well spread; no more.
                seed: random::bytes().unwrap_or_default(),
                unix_ms: random::unix_ms(),
                memory: memory::load().unwrap_or_default(),
                pass: memory::pass(),
                room: page::room(),
                origin: page::origin(),
            },
        );
        let inner = Rc::new_cyclic(|weak: &Weak<Inner>| {
            let into = Weak::clone(weak);
            let sink = Sink::new(move |work| {
                if let Some(inner) = into.upgrade() {
                    inner.run(Some(work));
                }
            });
            let playback = Rc::new(Playback::new(sink.clone()));
            let tracks = Rc::new(LocalTracks::new(sink.clone(), Rc::clone(&playback)));
            let wake_lock = WakeLock::default();
            let to_stay = Weak::clone(weak);
            let asks_to_stay = move || {
                let inner = to_stay.upgrade();
                inner.is_some_and(|inner| is_with_others(&inner.driver.view()))
            };
            let to_socket = sink.clone();
            let (timeout, beat, gesture) = (sink.clone(), Weak::clone(weak), Weak::clone(weak));
            let wake = move || {
                if let Some(inner) = gesture.upgrade() {
                    inner.levels.wake();
                }
            };
            Inner {
                driver: Driver::new(call, move || timeout.give(Work::Timeout)),
                show: Box::new(show),
                sockets: Sockets::new(move |socket, event| {
                    to_socket.event(Event::Socket { socket, event });
                }),
                connections: Connections::new(
                    sink.clone(),
                    Rc::clone(&tracks),
                    Rc::clone(&playback),
                ),
                devices: Devices::new(sink.clone(), Rc::clone(&tracks)),
                tracks,
                playback,
                levels: Levels::new(sink.clone(), move || {
                    if let Some(inner) = beat.upgrade() {
                        inner.levels.tell(inner.connections.levels());
                    }
                }),
                tabs: Tabs::new(sink.clone()),
                _listeners: page::listen(&sink, &wake_lock, wake, asks_to_stay)
                    .into_iter()
                    .chain(memory::listen(&sink))
                    .collect(),
                wake_lock,
                network_origins: RefCell::default(),
                asked_network_origin: Cell::default(),
            }
        });
        let first = (!connection::is_there()).then(|| {
            let event = Event::Page(PageEvent::NoWebRtc);
            Work::Input(Input::Event(event))
        });
        inner.run(first);
        if page::is_hidden() {
            let event = Event::Page(PageEvent::Hidden);
            inner.run(Some(Work::Input(Input::Event(event))));
        }
        let stage = Self(inner);
        page::tidy_address();
        if let Some(text) = page::unread_link() {
            stage.command(Command::Find { text });
        }
        if page::room().is_some() {
            stage.ask_network_origin();
        }
        stage
    }

    /// Tells the engine what the person wants.
    pub fn command(&self, command: Command) {
        // Not sooner: the first screen has no use for it.
        self.ask_network_origin();
        self.0.run(Some(Work::Input(Input::Command(command))));
    }

    /// What there is to draw now.
    pub fn view(&self) -> Rc<View> {
        self.0.driver.view()
    }

    /// What "Call details" shows of one participant.
    pub fn details(&self, participant: &ParticipantId) -> Option<Details> {
        self.0.driver.call().details(participant)
    }

    /// Shows the own camera in this element, muted, from now on and across device changes.
    pub fn show_own(&self, video: &HtmlVideoElement) {
        self.0.playback.show_own(video, self.0.tracks.preview());
    }

    /// Shows a person's camera or screen in this element; their sound is heard on the chosen speaker
    /// whether or not they are shown. May be called before anything has arrived, and again with the
    /// connection that replaced the last one.
    pub fn show_person(&self, connection: ConnectionId, kind: TrackKind, video: &HtmlVideoElement) {
        self.0.playback.show_person(connection, kind, video);
    }

    /// Stops showing anything in this element.
    pub fn clear(&self, video: &HtmlVideoElement) {
        self.0.playback.clear(video);
    }

    /// The https address of this server in the network, if the page knows one: for invitations
    /// from a page that was opened on localhost.
    pub fn network_origin(&self) -> Option<String> {
        let origins = self.0.network_origins.borrow();
        origins.as_ref()?.first().cloned()
    }

    /// Whether this page came from this computer, and nobody can reach the server from another one.
    pub fn is_only_here(&self) -> bool {
        let origins = self.0.network_origins.borrow();
        origins.as_ref().is_some_and(Vec::is_empty)
    }

    /// Asks the server for its version. `told` gets none if the server does not answer.
    pub fn ask_version(&self, told: impl FnOnce(Option<String>) + 'static) {
        spawn_local(async move { told(page::server_version().await) });
    }

    /// The clock that the view's instants are of.
    pub fn now(&self) -> Instant {
        Instant::now()
    }

    /// A fresh random secret for [`Command::StartCall`]; none if the browser gives no randomness.
    pub fn new_secret(&self) -> Option<RoomSecret> {
        RoomSecret::parse(&Base64UrlUnpadded::encode_string(&random::bytes()?)).ok()
    }

    fn ask_network_origin(&self) {
        if self.0.asked_network_origin.replace(true) {
            return;
        }
        let stage = self.clone();
        spawn_local(async move {
            if let Some(origins) = page::network_origins().await {
                *stage.0.network_origins.borrow_mut() = Some(origins.clone());
                (stage.0.show)(Shown::View(stage.view()));
                let event = Event::OtherOrigins(origins);
                stage.0.run(Some(Work::Input(Input::Event(event))));
            }
        });
    }
}

/// Whether somebody else is in the call, who would be left behind.
fn is_with_others(view: &View) -> bool {
    matches!(view.screen, Screen::Call { .. }) && !view.people.is_empty()
}

impl Inner {
    fn run(&self, work: Option<Work>) {
        let perform = |effect| self.perform(effect);
        self.driver.run(work, perform, |shown| (self.show)(shown));
        let microphone = self.tracks.track(TrackKind::Microphone);
        self.levels.listen(microphone.as_ref());
        self.levels
            .run(microphone.is_some() || self.connections.any());
    }

    fn perform(&self, effect: Effect) {
        match effect {
            Effect::Socket { socket, op } => self.sockets.perform(socket, op),
            Effect::Connection { connection, op } => self.connections.perform(connection, op),
            Effect::GetStats { connection } => self.connections.get_stats(connection),
            Effect::Media(op) => self.media(op),
            Effect::WakeLock { on } => self.wake_lock.set(on),
            Effect::ShowAddress { room, in_call } => page::show_address(room.as_ref(), in_call),
            Effect::Remember(change) => memory::save(*change),
            Effect::KeepPass(pass) => memory::keep_pass(pass.as_deref()),
            Effect::TellTabs(message) => self.tabs.tell(&message),
        }
    }

    fn media(&self, op: MediaOp) {
        match op {
            MediaOp::Open {
                request,
                microphone,
                camera,
            } => self.devices.open(request, microphone, camera),
            MediaOp::EnableMicrophone { on } => self.tracks.enable_microphone(on),
            MediaOp::CloseMicrophone => self.tracks.close(TrackKind::Microphone),
            MediaOp::CloseCamera => self.tracks.close(TrackKind::Camera),
            MediaOp::OpenScreen { request } => self.devices.open_screen(request),
            MediaOp::SetScreenContent(content) => self.devices.set_screen_content(content),
            MediaOp::CloseScreen => {
                self.tracks.close(TrackKind::Screen);
                self.tracks.close(TrackKind::ScreenSound);
            }
            MediaOp::ListDevices => self.devices.list(),
            MediaOp::Hear {
                connection,
                hearing,
            } => self.playback.hear(connection, hearing),
            MediaOp::SetSpeaker { device_id } => self.playback.set_speaker(device_id),
            MediaOp::TestSpeaker | MediaOp::Ring => self.playback.ring(),
            MediaOp::Play => self.playback.play_all(),
        }
    }
}
