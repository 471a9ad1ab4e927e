//! STUN and TURN servers: connections are made with those of the lobby, take over new ones, and
//! gather from the relay alone when the person hides the own address.

use call::{
    Call, Command, Config, ConnectionOp, Effect, Event, Input, Memory, SocketEvent, SocketId,
    SocketOp,
};
use protocol::{IceServer, Name, ServerMessage};
use web_time::Instant;

use crate::support::room;

struct Page {
    call: Call,
    now: Instant,
    socket: Option<SocketId>,
}

impl Page {
    /// In the lobby, with an open socket.
    fn in_lobby() -> Self {
        let now = Instant::now();
        let config = Config {
            seed: [0; 32],
            unix_ms: 0,
            memory: Memory::default(),
            pass: None,
            room: Some(room()),
            origin: "https://localhost".to_owned(),
        };
        let mut page = Self {
            call: Call::new(now, config),
            now,
            socket: None,
        };
        page.ops();
        page.event(SocketEvent::Opened);
        page
    }

    /// What the connections were asked for since the last time.
    fn ops(&mut self) -> Vec<ConnectionOp> {
        let mut ops = Vec::new();
        while let Some(effect) = self.call.poll_output() {
            match effect {
                Effect::Connection { op, .. } => ops.push(op),
                Effect::Socket {
                    socket,
                    op: SocketOp::Open,
                } => self.socket = Some(socket),
                _ => {}
            }
        }
        ops
    }

    fn event(&mut self, event: SocketEvent) -> Vec<ConnectionOp> {
        let socket = self.socket.unwrap();
        let event = Event::Socket { socket, event };
        self.call.handle(self.now, Input::Event(event));
        self.ops()
    }

    fn hear(&mut self, message: ServerMessage) -> Vec<ConnectionOp> {
        self.event(SocketEvent::Message(message))
    }

    fn command(&mut self, command: Command) -> Vec<ConnectionOp> {
        self.call.handle(self.now, Input::Command(command));
        self.ops()
    }
}

fn servers(credential: &str) -> Vec<IceServer> {
    vec![IceServer {
        urls: vec!["turn:call.example:3478".to_owned()],
        username: Some("1790000300:AAAAAAAAAAAA".to_owned()),
        credential: Some(credential.to_owned()),
    }]
}

fn lobby(credential: &str) -> ServerMessage {
    ServerMessage::Lobby {
        room: room(),
        names: vec![Name::clean("Ada")],
        ice_servers: servers(credential),
    }
}

fn created(ops: &[ConnectionOp]) -> Option<(&[IceServer], bool)> {
    ops.iter().find_map(|op| match op {
        ConnectionOp::Create {
            ice_servers,
            relay_only,
            ..
        } => Some((&ice_servers[..], *relay_only)),
        _ => None,
    })
}

fn replaced(ops: &[ConnectionOp]) -> Vec<&[IceServer]> {
    ops.iter()
        .filter_map(|op| match op {
            ConnectionOp::SetIceServers(servers) => Some(&servers[..]),
            _ => None,
        })
        .collect()
}

#[test]
fn new_credentials_reach_the_connection_there_is() {
    let mut page = Page::in_lobby();
    let ops = page.hear(lobby("first"));
    assert_eq!(created(&ops), Some((&servers("first")[..], false)));
    assert!(replaced(&ops).is_empty());
    let renewed = ServerMessage::IceServers {
        ice_servers: servers("second"),
    };
    let ops = page.hear(renewed.clone());
    assert_eq!(replaced(&ops), [&servers("second")[..]]);
    assert_eq!(created(&ops), None);
    // The same again changes nothing.
    assert!(replaced(&page.hear(renewed)).is_empty());
    assert_eq!(
        replaced(&page.hear(lobby("third"))),
        [&servers("third")[..]]
    );
}

#[test]
fn who_hides_the_own_address_gathers_from_the_relay_alone() {
    let mut page = Page::in_lobby();
    page.hear(lobby("c"));
    let ops = page.command(Command::SetRelayOnly { on: true });
    assert!(
        ops.iter().any(|op| matches!(op, ConnectionOp::Close)),
        "what was gathered before is not used: {ops:?}"
    );
    assert_eq!(created(&ops), Some((&servers("c")[..], true)));
    assert!(page.call.view().me.relay_only);
}
