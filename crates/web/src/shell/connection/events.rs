//! What an RTCPeerConnection tells by itself.

use std::rc::Rc;

use browser::js::{Listener, get, number, text};
use call::{
    ConnectionEvent, ConnectionId, ConnectionState, Event, GatheringState, IceState, SignalingState,
};
use protocol::Candidate;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    RtcIceConnectionState, RtcIceGatheringState, RtcPeerConnection, RtcPeerConnectionState,
    RtcSignalingState, RtcTrackEvent,
};

use super::transceivers;
use crate::shell::playback::Playback;
use crate::shell::sink::Sink;

/// Passes on everything that the engine wants to know, and remote tracks to their tile.
pub(super) fn listen(
    id: ConnectionId,
    peer: &RtcPeerConnection,
    sink: &Sink,
    playback: &Rc<Playback>,
) -> Vec<Listener> {
    let on = |name: &'static str,
              map: fn(&RtcPeerConnection, &JsValue) -> Option<ConnectionEvent>| {
        let (sink, source) = (sink.clone(), peer.clone());
        Listener::new(peer, name, move |event| {
            if let Some(event) = map(&source, &event) {
                sink.event(Event::Connection {
                    connection: id,
                    event,
                });
            }
        })
    };
    let (source, playback) = (peer.clone(), Rc::clone(playback));
    let on_track = Listener::new(peer, "track", move |event| {
        // It may be of a frame, and then it is no instance of this window's class.
        let event = event.unchecked_ref::<RtcTrackEvent>();
        let kind = transceivers::kind_of(&source, &event.transceiver());
        playback.add_track(id, kind, &event.track());
    });
    vec![
        on_track,
        on("icecandidate", |_, event| {
            gathered(&get(event, "candidate"))
        }),
        on("icecandidateerror", |_, event| Some(gather_error(event))),
        on("negotiationneeded", |_, _| {
            Some(ConnectionEvent::NegotiationNeeded)
        }),
        on("iceconnectionstatechange", |peer, _| {
            ice_state(peer.ice_connection_state()).map(ConnectionEvent::Ice)
        }),
        on("connectionstatechange", |peer, _| {
            connection_state(peer.connection_state()).map(ConnectionEvent::State)
        }),
        on("icegatheringstatechange", |peer, _| {
            gathering_state(peer.ice_gathering_state()).map(ConnectionEvent::Gathering)
        }),
        on("signalingstatechange", |peer, _| {
            Some(ConnectionEvent::Signaling(signaling_state(
                peer.signaling_state(),
            )))
        }),
    ]
}

/// An `RTCIceCandidate`; null is the end of all. The empty candidate is the end of one
/// generation's, which is told by the end of all as well.
fn gathered(candidate: &JsValue) -> Option<ConnectionEvent> {
    if candidate.is_null() || candidate.is_undefined() {
        return Some(ConnectionEvent::Gathered(None));
    }
    let line = text(candidate, "candidate").filter(|line| !line.is_empty())?;
    Some(ConnectionEvent::Gathered(Some(Candidate {
        candidate: line,
        sdp_mid: text(candidate, "sdpMid"),
        // `as` saturates; the browser gives an unsigned short.
        sdp_m_line_index: number(candidate, "sdpMLineIndex").map(|index| index as u16),
        username_fragment: text(candidate, "usernameFragment"),
    })))
}

fn gather_error(event: &JsValue) -> ConnectionEvent {
    ConnectionEvent::GatherError {
        code: number(event, "errorCode").unwrap_or_default() as u16,
        text: text(event, "errorText").unwrap_or_default(),
        url: text(event, "url").unwrap_or_default(),
    }
}

fn ice_state(state: RtcIceConnectionState) -> Option<IceState> {
    Some(match state {
        RtcIceConnectionState::New => IceState::New,
        RtcIceConnectionState::Checking => IceState::Checking,
        RtcIceConnectionState::Connected => IceState::Connected,
        RtcIceConnectionState::Completed => IceState::Completed,
        RtcIceConnectionState::Disconnected => IceState::Disconnected,
        RtcIceConnectionState::Failed => IceState::Failed,
        RtcIceConnectionState::Closed => IceState::Closed,
        _ => return None,
    })
}

fn connection_state(state: RtcPeerConnectionState) -> Option<ConnectionState> {
    Some(match state {
        RtcPeerConnectionState::New => ConnectionState::New,
        RtcPeerConnectionState::Connecting => ConnectionState::Connecting,
        RtcPeerConnectionState::Connected => ConnectionState::Connected,
        RtcPeerConnectionState::Disconnected => ConnectionState::Disconnected,
        RtcPeerConnectionState::Failed => ConnectionState::Failed,
        RtcPeerConnectionState::Closed => ConnectionState::Closed,
        _ => return None,
    })
}

fn gathering_state(state: RtcIceGatheringState) -> Option<GatheringState> {
    Some(match state {
        RtcIceGatheringState::New => GatheringState::New,
        RtcIceGatheringState::Gathering => GatheringState::Gathering,
        RtcIceGatheringState::Complete => GatheringState::Complete,
        _ => return None,
    })
}

fn signaling_state(state: RtcSignalingState) -> SignalingState {
    match state {
        RtcSignalingState::Stable => SignalingState::Stable,
        RtcSignalingState::HaveLocalOffer => SignalingState::HaveLocalOffer,
        RtcSignalingState::HaveRemoteOffer => SignalingState::HaveRemoteOffer,
        RtcSignalingState::Closed => SignalingState::Closed,
        _ => SignalingState::Other,
    }
}
