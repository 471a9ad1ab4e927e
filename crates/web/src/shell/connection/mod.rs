//! The peer connections: each operation of the engine on an RTCPeerConnection (RFC 9429).

mod certificate;
mod events;
mod frame;
mod pictures;
mod transceivers;

use std::cell::RefCell;
use std::rc::Rc;

use browser::few::Few;
use browser::ice_server;
use browser::js::{self, Listener, array_of, call_async, error_name, object};
use call::{
    Completion, ConnectionEvent, ConnectionId, ConnectionOp, Event, Level, OpError, SdpKind,
};
use js_sys::{Array, Object};
use protocol::{Candidate, IceServer, Sdp, TrackKind};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{RtcPeerConnection, RtcPeerConnectionState, RtcRtpTransceiver, RtcSignalingState};

use self::certificate::Certificate;
use self::frame::Frame;
use self::transceivers::Transceivers;
use super::devices::LocalTracks;
use super::playback::Playback;
use super::sink::Sink;
use super::stats::{self, ScreenNames};

/// Whether this browser has WebRTC.
pub(super) fn is_there() -> bool {
    js::get(&js_sys::global(), "RTCPeerConnection").is_function()
}

/// The peer connections that the engine has created and not closed.
pub(super) struct Connections {
    sink: Sink,
    certificate: Certificate,
    tracks: Rc<LocalTracks>,
    playback: Rc<Playback>,
    /// A connection that the browser refused to make is kept as its error: every operation on it
    /// ends with that.
    open: RefCell<Few<ConnectionId, Result<Rc<Connection>, OpError>>>,
}

struct Connection {
    peer: RtcPeerConnection,
    transceivers: Transceivers,
    /// Dropped with the connection: a closed one says nothing more.
    listeners: RefCell<Vec<Listener>>,
    _frame: Option<Frame>,
}

impl Connections {
    pub(super) fn new(sink: Sink, tracks: Rc<LocalTracks>, playback: Rc<Playback>) -> Self {
        Self {
            sink,
            certificate: Certificate::make(),
            tracks,
            playback,
            open: RefCell::default(),
        }
    }

    pub(super) fn perform(&self, id: ConnectionId, op: ConnectionOp) {
        match op {
            ConnectionOp::Create {
                ice_servers,
                relay_only,
                fresh,
            } => self.create(id, &ice_servers, relay_only, fresh),
            ConnectionOp::RestartIce => {
                if let Some(Ok(connection)) = self.find(id) {
                    let _ = js::call(&connection.peer, "restartIce", []);
                }
            }
            ConnectionOp::PauseVideo => {
                if let Some(Ok(connection)) = self.find(id) {
                    connection.transceivers.pause_video();
                }
            }
            ConnectionOp::RefreshVideo => {
                if let Some(Ok(connection)) = self.find(id) {
                    connection.transceivers.refresh_video();
                }
            }
            ConnectionOp::SetIceServers(ice_servers) => {
                if let Some(Ok(connection)) = self.find(id) {
                    connection.set_ice_servers(&ice_servers);
                }
            }
            ConnectionOp::SetEncodings(encodings) => {
                if let Some(Ok(connection)) = self.find(id) {
                    connection.transceivers.encode(encodings);
                }
            }
            ConnectionOp::Close => self.close(id),
            answered => self.answer(id, answered),
        }
    }

    /// Answered with [`ConnectionEvent::Stats`]; a closed connection has none.
    pub(super) fn get_stats(&self, id: ConnectionId) {
        let Some(Ok(connection)) = self.find(id) else {
            return;
        };
        let sink = self.sink.clone();
        let screen = connection.transceivers.of(TrackKind::Screen);
        let screen = ScreenNames {
            mid: screen.as_ref().and_then(RtcRtpTransceiver::mid),
            track: screen.map(|it| it.receiver().track().id()),
        };
        spawn_local(async move {
            match call_async(&connection.peer, "getStats", []).await {
                Ok(report) => sink.event(Event::Connection {
                    connection: id,
                    event: ConnectionEvent::Stats(Box::new(stats::read(&report, &screen))),
                }),
                Err(error) => js::warn("getStats", &error),
            }
        });
    }

    /// Whether there is a connection that could be heard.
    pub(super) fn any(&self) -> bool {
        !self.open.borrow().is_empty()
    }

    /// How loud each person is whose connection is up. A connection that is being set up is not asked:
    /// Chromium answers in the thread that sets connections up, and the page waits for that thread.
    pub(super) fn levels(&self) -> Vec<(ConnectionId, Level)> {
        let open = self.open.borrow();
        open.iter()
            .filter_map(|(id, connection)| {
                let connection = connection.as_ref().ok()?;
                let state = connection.peer.connection_state();
                let level = (state == RtcPeerConnectionState::Connected)
                    .then(|| connection.transceivers.audio_level())??;
                Some((id, level))
            })
            .collect()
    }

    fn create(&self, id: ConnectionId, ice_servers: &[IceServer], relay_only: bool, fresh: bool) {
        let configuration = configuration(ice_servers, relay_only, self.certificate.get());
        let frame = fresh.then(Frame::open).flatten();
        let made = frame::construct(frame.as_ref(), &configuration)
            .map(|peer| {
                let listeners = events::listen(id, &peer, &self.sink, &self.playback);
                Rc::new(Connection {
                    peer,
                    transceivers: Transceivers::default(),
                    listeners: RefCell::new(listeners),
                    _frame: frame,
                })
            })
            .map_err(|error| op_error(&error));
        self.open.borrow_mut().insert(id, made);
    }

    fn close(&self, id: ConnectionId) {
        let closed = self.open.borrow_mut().remove(id);
        if let Some(Ok(connection)) = closed {
            connection.listeners.borrow_mut().clear();
            connection.peer.close();
        }
        self.playback.forget(id);
    }

    fn answer(&self, id: ConnectionId, op: ConnectionOp) {
        let found = self.find(id);
        let sink = self.sink.clone();
        let tracks = Rc::clone(&self.tracks);
        spawn_local(async move {
            let (result, connection) = match found {
                Some(Ok(connection)) => {
                    let result = connection.run(op, &tracks).await;
                    (result.map_err(|error| op_error(&error)), Some(connection))
                }
                Some(Err(error)) => (Err(error), None),
                // Closed: nothing more is expected.
                None => return,
            };
            let closed = RtcSignalingState::Closed;
            if connection.is_some_and(|connection| connection.peer.signaling_state() == closed) {
                return;
            }
            sink.event(Event::Connection {
                connection: id,
                event: ConnectionEvent::Completed(result),
            });
        });
    }

    fn find(&self, id: ConnectionId) -> Option<Result<Rc<Connection>, OpError>> {
        self.open.borrow().get(id).cloned()
    }
}

impl Connection {
    /// All else has to stay as it is (RFC 9429, section 4.1.18).
    fn set_ice_servers(&self, ice_servers: &[IceServer]) {
        let Ok(configuration) = js::call(&self.peer, "getConfiguration", []) else {
            return;
        };
        let servers: Array = ice_servers.iter().map(ice_server).collect();
        js::set(configuration.unchecked_ref(), "iceServers", servers);
        if let Err(error) = js::call(&self.peer, "setConfiguration", [&configuration]) {
            js::warn("setConfiguration", &error);
        }
    }

    async fn run(&self, op: ConnectionOp, tracks: &LocalTracks) -> Result<Completion, JsValue> {
        let peer = &self.peer;
        match op {
            ConnectionOp::SetTransceivers {
                directions,
                encodings,
            } => {
                let transceivers = &self.transceivers;
                transceivers
                    .set(peer, directions, encodings, tracks)
                    .await?;
            }
            ConnectionOp::ReplaceTracks => self.transceivers.replace_tracks(tracks).await?,
            ConnectionOp::SetLocalDescription(kind) => {
                let description = match kind {
                    SdpKind::Offer => call_async(peer, "createOffer", []).await?,
                    SdpKind::Answer => call_async(peer, "createAnswer", []).await?,
                };
                call_async(peer, "setLocalDescription", [&description]).await?;
                // Read back: it holds the candidates that were gathered before.
                let description = peer.local_description();
                let sdp = description.map(|description| description.sdp());
                return Ok(Completion::LocalDescription(Sdp::new(
                    sdp.unwrap_or_default(),
                )));
            }
            ConnectionOp::SetRemoteDescription { kind, sdp } => {
                let kind = match kind {
                    SdpKind::Offer => "offer",
                    SdpKind::Answer => "answer",
                };
                let description = object([("type", kind.into()), ("sdp", sdp.as_str().into())]);
                call_async(peer, "setRemoteDescription", [&description]).await?;
            }
            ConnectionOp::Rollback => {
                let description = object([("type", "rollback".into())]);
                call_async(peer, "setLocalDescription", [&description]).await?;
            }
            ConnectionOp::AddCandidate(Some(candidate)) => {
                call_async(peer, "addIceCandidate", [&candidate_init(candidate)]).await?;
            }
            ConnectionOp::AddCandidate(None) => {
                call_async(peer, "addIceCandidate", []).await?;
            }
            // Not answered, and performed before this is reached.
            ConnectionOp::Create { .. }
            | ConnectionOp::SetEncodings(_)
            | ConnectionOp::SetIceServers(_)
            | ConnectionOp::PauseVideo
            | ConnectionOp::RefreshVideo
            | ConnectionOp::RestartIce
            | ConnectionOp::Close => {}
        }
        Ok(Completion::Done)
    }
}

fn configuration(
    ice_servers: &[IceServer],
    relay_only: bool,
    certificate: Option<JsValue>,
) -> Object {
    let servers: Array = ice_servers.iter().map(ice_server).collect();
    let policy = if relay_only { "relay" } else { "all" };
    let configuration = object([
        ("iceServers", servers.into()),
        ("iceTransportPolicy", policy.into()),
        // One transport for all media (RFC 9429, section 4.1.1): fewer candidates, quicker.
        ("bundlePolicy", "max-bundle".into()),
        // Gathered beforehand, candidates are there when somebody offers, and go with the answer.
        ("iceCandidatePoolSize", 1.into()),
    ]);
    if let Some(certificate) = certificate {
        js::set(&configuration, "certificates", array_of(&certificate));
    }
    configuration
}

/// An exception as the engine takes it.
fn op_error(error: &JsValue) -> OpError {
    OpError {
        name: error_name(error),
        message: js::text(error, "message").unwrap_or_default(),
    }
}

/// As `RTCIceCandidateInit`; what is not there is null.
fn candidate_init(candidate: Candidate) -> Object {
    let or_null = |text: Option<String>| text.map_or(JsValue::NULL, JsValue::from);
    object([
        ("candidate", candidate.candidate.into()),
        ("sdpMid", or_null(candidate.sdp_mid)),
        (
            "sdpMLineIndex",
            candidate
                .sdp_m_line_index
                .map_or(JsValue::NULL, JsValue::from),
        ),
        ("usernameFragment", or_null(candidate.username_fragment)),
    ])
}
