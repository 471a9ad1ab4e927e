//! Runs the call engine on the browser. Knows nothing of how the view is drawn.

use std::cell::RefCell;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use call::{
    Command, ConnectionId, Details, Devices, Level, Me, MediaAccess, Screen, Signalling, Status,
    View,
};
use protocol::{Media, Name, ParticipantId, Role, RoomSecret};
use web_sys::HtmlVideoElement;
use web_time::Instant;

/// The running page: the engine, and the browser's things that it works with. Clones are the same
/// stage.
#[derive(Clone)]
pub struct Stage(Rc<Inner>);

struct Inner {
    on_view: Box<dyn Fn(View)>,
    view: RefCell<View>,
}

impl Stage {
    /// Starts the engine for this page. `on_view` is called after every input that changed the
    /// view; never from within a call of this stage's own methods' caller borrowing anything here.
    pub fn start(on_view: impl Fn(View) + 'static) -> Self {
        Self(Rc::new(Inner {
            on_view: Box::new(on_view),
            view: RefCell::new(quiet()),
        }))
    }

    /// Tells the engine what the person wants.
    pub fn command(&self, _command: Command) {
        (self.0.on_view)(self.view());
    }

    /// What there is to draw now.
    pub fn view(&self) -> View {
        self.0.view.borrow().clone()
    }

    /// What "Call details" shows of one participant.
    pub fn details(&self, _participant: &ParticipantId) -> Option<Details> {
        None
    }

    /// Shows the own camera (or screen) in this element, muted, from now on and across device
    /// changes.
    pub fn show_own(&self, _video: &HtmlVideoElement) {}

    /// Shows a person in this element; sound comes with it, on the chosen speaker. May be called
    /// before anything has arrived, and again with the connection that replaced the last one.
    pub fn show_person(&self, _connection: ConnectionId, _video: &HtmlVideoElement) {}

    /// Stops showing anything in this element.
    pub fn clear(&self, _video: &HtmlVideoElement) {}

    /// The https address of this server in the network, if the page knows one: for invitations
    /// from a page that was opened on localhost.
    pub fn network_origin(&self) -> Option<String> {
        None
    }

    /// The clock that the view's instants are of.
    pub fn now(&self) -> Instant {
        Instant::now()
    }

    /// A fresh random secret for [`Command::StartCall`]; none if the browser gives no randomness.
    pub fn new_secret(&self) -> Option<RoomSecret> {
        RoomSecret::parse(&URL_SAFE_NO_PAD.encode(random_bytes()?)).ok()
    }
}

fn random_bytes() -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let crypto = web_sys::window()?.crypto().ok()?;
    crypto.get_random_values_with_u8_array(&mut bytes).ok()?;
    Some(bytes)
}

fn quiet() -> View {
    View {
        screen: Screen::Home {
            finding: false,
            problem: None,
        },
        status: Status::Quiet,
        signalling: Signalling::Idle,
        me: Me {
            participant: None,
            name: Name::default(),
            role: Role::Guest,
            media: Media::default(),
            microphone: MediaAccess::NotAsked,
            camera: MediaAccess::NotAsked,
            level: Level::default(),
            music: false,
        },
        devices: Devices::default(),
        room: None,
        people: Vec::new(),
        notices: Vec::new(),
        recent: Vec::new(),
        playback_blocked: false,
    }
}
