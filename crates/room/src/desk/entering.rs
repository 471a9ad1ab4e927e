//! Joining: whether somebody may enter a room, and as which participant.

use std::time::Duration;

use protocol::{ErrorCode, ParticipantId, RoomId, RoomSecret, Ticket};

use super::connections::State;
use super::looking::UNAVAILABLE;
use super::state::{Desk, OpenRoom};
use super::timers::Timer;
use crate::refusal::{BAD_TICKET, NOT_JOINED, REMOVED, Refusal, SERVER_BUSY, TOO_LARGE};
use crate::room::{Equipment, Marks, Newcomer, Recalled, Room, Wish};
use crate::room::{is_earlier, is_too_long};
use crate::{CallState, Claims, Output, RelayUser, SocketId, Standing, room_of};

const BAD_SECRET: Refusal = Refusal::new(ErrorCode::BadSecret, "not the secret of this room");
/// After what time a client should ask again for a place in a full room where everyone is connected.
const ASK_AGAIN: Duration = Duration::from_secs(5);

/// Lets somebody into a room.
pub(super) fn join(
    desk: &mut Desk,
    wish: Wish,
    secret: Option<RoomSecret>,
    ticket: Option<Ticket>,
) -> Result<(), Refusal> {
    if wish.offer.as_ref().is_some_and(is_too_long) {
        return Err(TOO_LARGE);
    }
    if let Some(ticket) = ticket {
        let unix_seconds = desk.anchor.unix_seconds(desk.now);
        let claims = desk
            .keys
            .ticket
            .verify(&ticket, unix_seconds)
            .ok()
            .filter(|claims| claims.room == wish.room)
            .ok_or(BAD_TICKET)?;
        let room = wish.room.clone();
        let resumed = resume(desk, wish, claims);
        if resumed.is_err() {
            // The ticket may have said that others left or were removed, and they were taken out.
            desk.in_room(&room, |room, context| room.fill_host(context));
        }
        return resumed;
    }
    let standing = match secret {
        Some(secret) if room_of(&secret).as_ref() == Some(&wish.room) => Standing::Secret,
        Some(_) => return Err(BAD_SECRET),
        None => Standing::Guest,
    };
    let marks = marks(desk, &wish)?;
    let room = desk.room(&wish.room);
    if standing == Standing::Guest && room.is_some_and(|it| it.keeps_out(marks)) {
        return Err(REMOVED);
    }
    if standing == Standing::Guest && room.is_none_or(Room::is_closed) {
        knocked(desk, wish.connection, &wish.room);
        return Err(UNAVAILABLE);
    }
    let newcomer = Newcomer {
        id: desk.random.participant().ok_or(SERVER_BUSY)?,
        standing,
        arrived: None,
        resumed: false,
        marks,
    };
    enter(desk, wish, newcomer, None)
}

/// The marks by which somebody who was removed is recognized.
fn marks(desk: &Desk, wish: &Wish) -> Result<Marks, Refusal> {
    let group = desk.connections.group_of(wish.connection);
    let group = group.ok_or(NOT_JOINED)?;
    let device = wish.device.as_ref();
    let name = wish.name.clone().unwrap_or_default();
    let key = &desk.keys.ticket;
    Ok(Marks::of(key, &wish.room, &name, device, group))
}

/// Somebody asked to be let into a room that is closed to newcomers.
fn knocked(desk: &mut Desk, connection: SocketId, id: &RoomId) {
    let before = desk.connections.get(connection);
    let before = before.and_then(|it| it.waits_at.clone());
    if before.as_ref() != Some(id) {
        desk.waits_no_more(connection);
    }
    let Some(it) = desk.connections.get_mut(connection) else {
        return;
    };
    let entry = desk.rooms.get_mut(id);
    let Some(entry) = entry.filter(|it| it.room.is_locked()) else {
        return;
    };
    if entry.waiting.add(connection, it.group, desk.now) {
        it.waits_at = Some(id.clone());
    }
    desk.has_changed(id);
}

/// Lets the holder of a ticket back in, also into a locked room.
fn resume(desk: &mut Desk, mut wish: Wish, claims: Claims) -> Result<(), Refusal> {
    recall(desk, &claims)?;
    let marks = marks(desk, &wish)?;
    let room = desk.room(&claims.room);
    if room.is_some_and(|it| it.contains(&claims.participant)) {
        let newcomer = Newcomer {
            id: claims.participant,
            standing: claims.standing,
            arrived: None,
            resumed: true,
            marks,
        };
        return come_back(desk, wish, newcomer, claims.counting);
    }
    // Only the device is looked at. A valid ticket shows that its holder is not the removed person,
    // though both may have the same name and address.
    if claims.standing != Standing::Secret && room.is_some_and(|it| it.keeps_out_device(marks)) {
        return Err(REMOVED);
    }
    let has_host = room.is_some_and(Room::has_host);
    // The others were told that it left, and closed their peer connections to it; or the
    // server has restarted and knows of nobody: then those connections still stand.
    let was_here = room.is_some_and(|it| it.is_gone(&claims.participant));
    let newcomer = Newcomer {
        standing: match claims.standing {
            Standing::Acting if has_host => Standing::Guest,
            standing => standing,
        },
        arrived: (!was_here).then_some(claims.arrived),
        id: claims.participant,
        resumed: !was_here,
        marks,
    };
    wish.offer = None;
    enter(desk, wish, newcomer, Some(claims.call))
}

/// Restores what a ticket says of its room. Refuses if the holder of the ticket may not enter.
fn recall(desk: &mut Desk, claims: &Claims) -> Result<(), Refusal> {
    let Claims { room: id, call, .. } = claims;
    let recalled = desk.in_room(id, |room, context| room.recall(context, claims));
    match recalled.transpose()? {
        None => {
            let has_ended = desk.ended.may_have(id, call.opened);
            let may_come_back = is_earlier(&desk.context(), claims) && !has_ended;
            may_come_back.then_some(()).ok_or(BAD_TICKET)
        }
        Some(Recalled::ThisCall) => Ok(()),
        Some(Recalled::LaterCall) => {
            replace_call(desk, id, call);
            Ok(())
        }
    }
}

/// The call of a later ticket takes the room's place; who is here is of an earlier one, and
/// has to enter like everybody else.
fn replace_call(desk: &mut Desk, id: &RoomId, call: &CallState) {
    desk.in_room(id, |room, _| room.expel_all());
    if let Some(OpenRoom { made_by, .. }) = desk.take_room(id) {
        let room = Room::bring_back(id.clone(), &desk.context(), call.clone());
        desk.rooms.insert(id.clone(), OpenRoom::new(room, made_by));
    }
}

/// Somebody whose place is held, or who is here over another connection, comes back.
fn come_back(
    desk: &mut Desk,
    wish: Wish,
    newcomer: Newcomer,
    counting: u64,
) -> Result<(), Refusal> {
    let id = wish.room.clone();
    let room = desk.room(&id).ok_or(NOT_JOINED)?;
    let relay = room.relay_user(&newcomer.id).cloned();
    let equipment = seat(desk, wish.connection, &id, &newcomer.id, relay);
    let came_back = desk.in_room(&id, |room, context| {
        room.come_back(context, wish, newcomer, counting, equipment)
    });
    came_back.unwrap_or(Err(NOT_JOINED))
}

/// Puts somebody into a room, which is made if it is not there: as `call` says, or new.
fn enter(
    desk: &mut Desk,
    wish: Wish,
    newcomer: Newcomer,
    call: Option<CallState>,
) -> Result<(), Refusal> {
    let id = wish.room.clone();
    let connection = wish.connection;
    if desk.rooms.contains_key(&id) {
        make_place(desk, &id, newcomer.standing)?;
    } else {
        make_room(desk, connection, &id, call)?;
    }
    let relay = desk.take_lobby_relay(connection);
    let relay = relay.or_else(|| desk.new_relay_user(connection));
    let equipment = seat(desk, connection, &id, &newcomer.id, relay);
    desk.counters.participants = desk.counters.participants.saturating_add(1);
    let entered = desk.in_room(&id, |room, context| {
        room.enter(context, wish, newcomer, equipment)
    });
    entered.unwrap_or(Err(NOT_JOINED))
}

/// Makes a connection that of a participant. Returns what the participant is told of it.
fn seat(
    desk: &mut Desk,
    connection: SocketId,
    id: &RoomId,
    me: &ParticipantId,
    relay: Option<RelayUser>,
) -> Equipment {
    desk.waits_no_more(connection);
    desk.set_state(connection, State::Joined(id.clone(), me.clone()));
    Equipment {
        ice_servers: desk.ice_servers(connection, relay.as_ref()),
        counting: desk.random.number(),
        relay,
    }
}

/// Makes a room: as a ticket describes it, or a new one.
fn make_room(
    desk: &mut Desk,
    connection: SocketId,
    id: &RoomId,
    call: Option<CallState>,
) -> Result<(), Refusal> {
    if desk.rooms.len() >= desk.config.max_rooms {
        return Err(SERVER_BUSY);
    }
    let maker = desk.connections.group_of(connection).ok_or(NOT_JOINED)?;
    let room = match call {
        Some(call) => Room::bring_back(id.clone(), &desk.context(), call),
        None => {
            let left = desk.ended.take(desk.now, id, maker);
            Room::new(id.clone(), desk.now, desk.next_opened(), left)
        }
    };
    desk.rooms.insert(id.clone(), OpenRoom::new(room, maker));
    desk.counters.rooms = desk.counters.rooms.saturating_add(1);
    Ok(())
}

/// Makes place for one more participant, or refuses and says when to ask again.
fn make_place(desk: &mut Desk, id: &RoomId, taker: Standing) -> Result<(), Refusal> {
    let place = desk.in_room(id, |room, context| room.make_place(context, taker));
    let Err(next) = place.ok_or(NOT_JOINED)? else {
        return Ok(());
    };
    let answered = ask(desk, id);
    let next = next.into_iter().chain(answered).min();
    let wait = next.map_or(ASK_AGAIN, |from| from.saturating_duration_since(desk.now));
    Err(Refusal::retry(
        ErrorCode::Full,
        "the room has all the people it takes",
        wait.min(ASK_AGAIN.max(desk.config.give_away_after)),
    ))
}

/// Asks everyone in a full room who has not been heard of for a while whether they are there.
/// Returns the time by which all have answered or are closed, if anybody is being asked.
fn ask(desk: &mut Desk, id: &RoomId) -> Option<web_time::Instant> {
    let (now, answer) = (desk.now, desk.config.answer);
    let connections: Vec<_> = desk.room(id)?.connections().collect();
    let mut answered = None;
    for connection in connections {
        let Some(it) = desk.connections.get_mut(connection) else {
            continue;
        };
        let asks = it.ask(now, answer);
        answered = answered.max(it.asked().map(|at| at + answer));
        if asks {
            desk.timers.set(now + answer, Timer::Answer(connection));
            desk.push(Output::Probe { connection });
        }
    }
    answered
}
