//! Peer connections that are connected to nobody but each other.

use std::cell::RefCell;
use std::rc::Rc;

use browser::few::Few;
use browser::ice_server;
use browser::js::{Listener, array_of, call, call_async, get, number, object, text};
use diagnosis::{Link, ProbeEvent, ProbeOp};
use protocol::IceServer;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, EventTarget, RtcPeerConnection};

/// As long as a packet of sound.
const MESSAGE_CHARS: usize = 160;

type Tell = Rc<dyn Fn(Link, ProbeEvent)>;

/// What tries the links now.
pub struct Probes {
    tell: Tell,
    open: RefCell<Few<Link, Probe>>,
}

/// What tries one. It ends with this value.
struct Probe {
    peers: Vec<RtcPeerConnection>,
    /// By which messages go out.
    channel: JsValue,
    _listeners: Vec<Listener>,
}

impl Drop for Probe {
    fn drop(&mut self) {
        for peer in &self.peers {
            peer.close();
        }
    }
}

impl Probes {
    /// `tell` is called with everything that happens.
    pub fn new(tell: impl Fn(Link, ProbeEvent) + 'static) -> Self {
        Self {
            tell: Rc::new(tell),
            open: RefCell::default(),
        }
    }

    /// Does what the engine wants.
    pub fn perform(&self, link: Link, op: ProbeOp) {
        let made = match op {
            ProbeOp::Gather(server) => gather(link, &server, &self.tell),
            ProbeOp::Pair(server) => pair(link, &server, &self.tell),
            ProbeOp::Send(number) => return self.send(link, number),
            ProbeOp::Close => {
                let closed = self.open.borrow_mut().remove(link);
                return drop(closed);
            }
        };
        match made {
            Ok(probe) => self.open.borrow_mut().insert(link, probe),
            Err(_) => (self.tell)(link, ProbeEvent::Failed),
        }
    }

    fn send(&self, link: Link, number: u16) {
        let open = self.open.borrow();
        let Some(probe) = open.get(link) else { return };
        let mut message = number.to_string();
        while message.len() < MESSAGE_CHARS {
            message.push(' ');
        }
        // One that cannot be sent is one that does not arrive.
        let _ = call(&probe.channel, "send", [&message.into()]);
    }
}

fn peer(server: &IceServer, policy: &str) -> Result<RtcPeerConnection, JsValue> {
    let servers = array_of(&ice_server(server));
    let configuration = object([
        ("iceServers", servers.into()),
        ("iceTransportPolicy", policy.into()),
    ]);
    RtcPeerConnection::new_with_configuration(configuration.unchecked_ref())
}

/// The same channel on both sides, which need not tell each other of it.
fn channel(peer: &RtcPeerConnection) -> Result<EventTarget, JsValue> {
    let options = object([
        ("negotiated", true.into()),
        ("id", JsValue::from_f64(0.0)),
        ("ordered", false.into()),
        ("maxRetransmits", JsValue::from_f64(0.0)),
    ]);
    call(peer, "createDataChannel", [&"check".into(), &options])?.dyn_into()
}

/// Tells of candidates of this type, of their end, and of what is in their way.
fn listen(link: Link, peer: &RtcPeerConnection, kind: &'static str, tell: &Tell) -> [Listener; 2] {
    let (of_candidates, of_errors) = (Rc::clone(tell), Rc::clone(tell));
    [
        Listener::new(peer, "icecandidate", move |event| {
            let candidate = get(&event, "candidate");
            if candidate.is_null() || candidate.is_undefined() {
                of_candidates(link, ProbeEvent::Gathered);
            } else if text(&candidate, "type").as_deref() == Some(kind) {
                of_candidates(link, ProbeEvent::Candidate);
            }
        }),
        Listener::new(peer, "icecandidateerror", move |event| {
            // `as` saturates, and codes have three digits.
            let code = number(&event, "errorCode").unwrap_or_default() as u16;
            of_errors(link, ProbeEvent::IceError(code));
        }),
    ]
}

fn gather(link: Link, server: &IceServer, tell: &Tell) -> Result<Probe, JsValue> {
    let peer = peer(server, "all")?;
    let listeners = listen(link, &peer, "srflx", tell);
    let channel = channel(&peer)?;
    let (gathering, tell) = (peer.clone(), Rc::clone(tell));
    spawn_local(async move {
        if offer(&gathering).await.is_err() {
            tell(link, ProbeEvent::Failed);
        }
    });
    Ok(Probe {
        peers: vec![peer],
        channel: channel.into(),
        _listeners: listeners.into(),
    })
}

async fn offer(peer: &RtcPeerConnection) -> Result<JsValue, JsValue> {
    let offer = call_async(peer, "createOffer", []).await?;
    call_async(peer, "setLocalDescription", [&offer]).await?;
    Ok(offer)
}

fn pair(link: Link, server: &IceServer, tell: &Tell) -> Result<Probe, JsValue> {
    let one = peer(server, "relay")?;
    let other = peer(server, "relay")?;
    let out = channel(&one)?;
    let into = channel(&other)?;
    let (to_one, to_other) = (Post::to(&one), Post::to(&other));
    let mut listeners = Vec::from(listen(link, &one, "relay", tell));
    listeners.push(to_other.listen(&one));
    listeners.push(to_one.listen(&other));
    let on = |target: &EventTarget, name, map: fn(&Event) -> Option<ProbeEvent>| {
        let tell = Rc::clone(tell);
        Listener::new(target, name, move |event| {
            if let Some(event) = map(&event) {
                tell(link, event);
            }
        })
    };
    listeners.push(on(&out, "open", |_| Some(ProbeEvent::Open)));
    listeners.push(on(&into, "message", |event| {
        let number = text(event, "data")?.trim_end().parse().ok()?;
        Some(ProbeEvent::Arrived(number))
    }));
    listeners.push(on(&one, "connectionstatechange", |event| {
        let state = text(&get(event, "target"), "connectionState");
        (state.as_deref() == Some("failed")).then_some(ProbeEvent::Failed)
    }));
    let peers = vec![one.clone(), other.clone()];
    let tell = Rc::clone(tell);
    spawn_local(async move {
        match connect(&one, &other).await {
            Ok(()) => {
                to_one.begin();
                to_other.begin();
            }
            Err(_) => tell(link, ProbeEvent::Failed),
        }
    });
    Ok(Probe {
        peers,
        channel: out.into(),
        _listeners: listeners,
    })
}

async fn connect(one: &RtcPeerConnection, other: &RtcPeerConnection) -> Result<(), JsValue> {
    let offer = offer(one).await?;
    call_async(other, "setRemoteDescription", [&offer]).await?;
    let answer = call_async(other, "createAnswer", []).await?;
    call_async(other, "setLocalDescription", [&answer]).await?;
    call_async(one, "setRemoteDescription", [&answer]).await?;
    Ok(())
}

/// Candidates on their way to a peer connection.
#[derive(Clone)]
struct Post {
    to: RtcPeerConnection,
    /// Those that came before both descriptions were set; none from then on.
    held: Rc<RefCell<Option<Vec<JsValue>>>>,
}

impl Post {
    fn to(peer: &RtcPeerConnection) -> Self {
        Self {
            to: peer.clone(),
            held: Rc::new(RefCell::new(Some(Vec::new()))),
        }
    }

    fn listen(&self, from: &RtcPeerConnection) -> Listener {
        let post = self.clone();
        Listener::new(from, "icecandidate", move |event| {
            let candidate = get(&event, "candidate");
            if !candidate.is_null() {
                post.bring(candidate);
            }
        })
    }

    fn bring(&self, candidate: JsValue) {
        if let Some(held) = &mut *self.held.borrow_mut() {
            return held.push(candidate);
        }
        let to = self.to.clone();
        spawn_local(async move {
            // One that the browser does not take is one less; what comes of that is seen.
            let _ = call_async(&to, "addIceCandidate", [&candidate]).await;
        });
    }

    fn begin(&self) {
        let held = self.held.borrow_mut().take();
        for candidate in held.into_iter().flatten() {
            self.bring(candidate);
        }
    }
}
