//! The connections to this page's own server.

use std::cell::RefCell;
use std::rc::Rc;

use protocol::{ClientMessage, SUBPROTOCOL};
use signalling::{SocketEvent, SocketId, SocketOp};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CloseEvent, MessageEvent, WebSocket};

use crate::fallback::{Fallbacks, Tell};
use crate::few::Few;
use crate::js::{Listener, warn};
use crate::json;

/// RFC 6455, section 7.4.1: what a browser says when the connection just broke.
const ABNORMAL: u16 = 1006;

/// The sockets that the engine has opened and not closed.
pub struct Sockets {
    tell: Tell,
    open: RefCell<Few<SocketId, Socket>>,
    fallbacks: Fallbacks,
}

struct Socket {
    socket: WebSocket,
    /// Dropped with the socket: late events of a closed one reach nobody.
    _listeners: [Listener; 3],
}

impl Sockets {
    /// `tell` is called with everything that happens to them.
    pub fn new(tell: impl Fn(SocketId, SocketEvent) + 'static) -> Self {
        let tell: Tell = Rc::new(tell);
        Self {
            fallbacks: Fallbacks::new(Rc::clone(&tell)),
            tell,
            open: RefCell::default(),
        }
    }

    /// Does what the engine wants of one of them.
    pub fn perform(&self, id: SocketId, op: SocketOp) {
        match op {
            SocketOp::Open => self.open(id),
            SocketOp::Send(message) => self.send(id, &message),
            SocketOp::Listen(listen) => self.fallbacks.listen(id, listen),
            SocketOp::Post(post) => self.fallbacks.post(id, post),
            SocketOp::Close => self.close(id),
        }
    }

    fn open(&self, id: SocketId) {
        let is_alive = |socket: &Socket| socket.socket.ready_state() != WebSocket::CLOSED;
        self.open.borrow_mut().retain(|_, socket| is_alive(socket));
        match address().and_then(|address| WebSocket::new_with_str(&address, SUBPROTOCOL)) {
            Ok(socket) => {
                let socket = Socket {
                    _listeners: self.listen(id, &socket),
                    socket,
                };
                self.open.borrow_mut().insert(id, socket);
            }
            Err(error) => {
                warn("WebSocket", &error);
                self.tell(id, SocketEvent::Closed { code: None });
            }
        }
    }

    fn send(&self, id: SocketId, message: &ClientMessage) {
        let open = self.open.borrow();
        let Some(socket) = open.get(id) else { return };
        let Some(text) = json::write(message) else {
            return;
        };
        if let Err(error) = socket.socket.send_with_str(&text) {
            warn(message.kind(), &error);
        }
    }

    fn close(&self, id: SocketId) {
        self.fallbacks.close(id);
        let closed = self.open.borrow_mut().remove(id);
        if let Some(Socket {
            socket,
            _listeners: listeners,
        }) = closed
        {
            drop(listeners);
            let _ = socket.close_with_code(protocol::CloseCode::Normal.as_u16());
        }
    }

    fn listen(&self, id: SocketId, socket: &WebSocket) -> [Listener; 3] {
        let on = |event: &'static str, map: fn(&web_sys::Event) -> Option<SocketEvent>| {
            let tell = Rc::clone(&self.tell);
            Listener::new(socket, event, move |event| {
                if let Some(event) = map(&event) {
                    tell(id, event);
                }
            })
        };
        [
            on("open", |_| Some(SocketEvent::Opened)),
            on("message", read_message),
            on("close", |event| {
                let code = event.dyn_ref::<CloseEvent>().map(CloseEvent::code);
                Some(SocketEvent::Closed {
                    code: code.filter(|code| *code != ABNORMAL),
                })
            }),
        ]
    }

    fn tell(&self, id: SocketId, event: SocketEvent) {
        (self.tell)(id, event);
    }
}

/// `wss://` from an https page, else `ws://`.
fn address() -> Result<String, JsValue> {
    let location = web_sys::window().ok_or(JsValue::UNDEFINED)?.location();
    let scheme = if location.protocol()? == "https:" {
        "wss"
    } else {
        "ws"
    };
    Ok([scheme, "://", &location.host()?, "/ws"].concat())
}

/// A message that cannot be read is one of a newer server: it is left aside.
fn read_message(event: &web_sys::Event) -> Option<SocketEvent> {
    let text = event.dyn_ref::<MessageEvent>()?.data().as_string()?;
    let message = json::read_message(&text).map(SocketEvent::Message);
    if message.is_none() {
        warn("message", &JsValue::UNDEFINED);
    }
    message
}
