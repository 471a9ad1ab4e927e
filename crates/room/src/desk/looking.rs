//! What somebody can do before joining: look into a room, or ask which room a code stands for.

use protocol::{CallCode, ErrorCode, RoomId, ServerMessage};

use super::connections::State;
use super::state::Desk;
use super::timers::Timer;
use crate::SocketId;
use crate::refusal::{NOT_JOINED, Refusal, SERVER_BUSY};

/// Says the same whatever the reason is.
pub(super) const UNAVAILABLE: Refusal =
    Refusal::new(ErrorCode::Unavailable, "the call cannot be joined");

/// Shows a connection who is in a room, from now on.
pub(super) fn peek(desk: &mut Desk, from: SocketId, id: RoomId) -> Result<(), Refusal> {
    desk.waits_no_more(from);
    let state = desk.connections.get(from).map(|it| &it.state);
    if state != Some(&State::Lobby(id.clone())) {
        make_place(desk, from, &id)?;
        leave_lobby(desk, from);
    }
    let names = desk.names_in_lobby(&id);
    desk.lobbies.watch(from, &id, &names);
    if let Some(connection) = desk.connections.get_mut(from) {
        connection.state = State::Lobby(id.clone());
    }
    desk.show_lobby(from, id, names);
    Ok(())
}

/// Makes a place for one more connection in a lobby. Refuses if it stays full.
fn make_place(desk: &mut Desk, from: SocketId, id: &RoomId) -> Result<(), Refusal> {
    if desk.lobbies.watchers(id) < desk.config.max_lobbies_per_room {
        return Ok(());
    }
    let newcomer = desk.connections.group_of(from);
    let group_of = |it| desk.connections.group_of(it);
    let last = desk.lobbies.one_too_many(id, newcomer, group_of);
    let last = last.ok_or(SERVER_BUSY)?;
    desk.set_state(last, State::Idle);
    desk.send_error(last, SERVER_BUSY, Some("peek".to_owned()));
    Ok(())
}

/// Leaves the lobby that the connection is in, before it enters another. The connection keeps its
/// relay user.
fn leave_lobby(desk: &mut Desk, id: SocketId) {
    let connection = desk.connections.get_mut(id);
    let state = connection.map(|it| std::mem::replace(&mut it.state, State::Idle));
    match state {
        Some(State::Fresh { speak_by }) => desk.timers.cancel(speak_by, Timer::FirstMessage(id)),
        Some(State::Lobby(room)) => desk.lobbies.unwatch(id, &room),
        Some(State::Idle | State::Joined(..)) | None => {}
    }
}

/// Answers which room a code stands for. A wrong code and that of a locked room are the same.
pub(super) fn find(desk: &mut Desk, from: SocketId, code: &CallCode) -> Result<(), Refusal> {
    desk.waits_no_more(from);
    let group = desk.connections.group_of(from).ok_or(NOT_JOINED)?;
    if let Err(wait) = desk.tries.check(group, desk.now) {
        let code = ErrorCode::TooManyMessages;
        return Err(Refusal::retry(code, "too many wrong codes", wait));
    }
    let open = |id: &&RoomId| desk.room(id).is_some_and(|room| !room.is_closed());
    match desk.codes.room(code).filter(open).cloned() {
        Some(room) => {
            desk.send(from, ServerMessage::Found { room });
            Ok(())
        }
        None => {
            desk.tries.failed(group, desk.now);
            Err(UNAVAILABLE)
        }
    }
}

/// Answers a participant with the code of its room.
pub(super) fn code(desk: &mut Desk, from: SocketId, id: &RoomId) -> Result<(), Refusal> {
    desk.room(id).ok_or(NOT_JOINED)?;
    let lifetime = desk.config.code_lifetime;
    let (random, timers) = (&mut desk.random, &mut desk.timers);
    let live = desk.codes.of(id, desk.now, lifetime, random, timers);
    let live = live.ok_or(SERVER_BUSY)?;
    let expires_in = live.expires.saturating_duration_since(desk.now);
    let message = ServerMessage::Code {
        code: live.code,
        expires_in_ms: u64::try_from(expires_in.as_millis()).unwrap_or(u64::MAX),
    };
    desk.send(from, message);
    Ok(())
}
