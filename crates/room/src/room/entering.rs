//! Entering a room as a new participant, or coming back as the same one.

use protocol::{CloseCode, IceServer, ParticipantId, ServerMessage};

use super::context::Context;
use super::history::History;
use super::inflow::{self, Inflow};
use super::kept_out::Marks;
use super::member::{Link, Member};
use super::state::Room;
use super::wish::Wish;
use crate::rate::Bucket;
use crate::refusal::{NOT_JOINED, Refusal, SERVER_BUSY};
use crate::{RelayUser, Standing};

/// Somebody on the way into a room.
pub(crate) struct Newcomer {
    pub(crate) id: ParticipantId,
    pub(crate) standing: Standing,
    /// When it first arrived (unix milliseconds), if it comes back.
    pub(crate) arrived: Option<u64>,
    pub(crate) resumed: bool,
    pub(crate) marks: Marks,
}

/// The values that a participant gets on entering, which the room cannot make by itself.
pub(crate) struct Equipment {
    /// Whom the relay knows it as.
    pub(crate) relay: Option<RelayUser>,
    pub(crate) ice_servers: Vec<IceServer>,
    /// A number that no other is likely to be; see [`crate::Claims::counting`].
    pub(crate) counting: u64,
}

/// How somebody has entered: what `joined` says beyond the room and the participant.
struct Welcome {
    resumed: bool,
    missed: bool,
    /// Who got the offer that came with the request.
    offered: Option<ParticipantId>,
    ice_servers: Vec<IceServer>,
}

impl Room {
    /// Adds a new participant. The caller has made sure that there is a place.
    pub(crate) fn enter(
        &mut self,
        context: &Context<'_>,
        wish: Wish,
        newcomer: Newcomer,
        equipment: Equipment,
    ) -> Result<(), Refusal> {
        let Newcomer {
            id: me,
            standing,
            arrived,
            resumed,
            marks,
        } = newcomer;
        let now = context.now;
        let member = Member {
            name: wish.name.unwrap_or_default(),
            standing,
            media: wish.media.unwrap_or_default(),
            entered: now,
            arrived: arrived.unwrap_or_else(|| self.arrival(context.unix_ms())),
            group: marks.group,
            device: marks.device,
            link: Link::Connected(wish.connection),
            relay: equipment.relay,
            ticket_issued: 0,
            history: History::new(wish.received.is_some(), equipment.counting),
            inflow: Inflow::new(now),
            chats: Bucket::full(now),
        };
        let participant = member.participant(&me);
        self.came_back(&me);
        self.members.insert(me.clone(), member);
        self.has_met |= self.members.len() > 1;
        let offer = wish.offer.and_then(|sdp| {
            let to = self.first_connected(&me)?.clone();
            let inflow = &mut self.members.get_mut(&to)?.inflow;
            let taken = inflow.offer(inflow::rate(context.config), &sdp, now);
            taken.is_ok().then_some((to, sdp))
        });
        let welcome = Welcome {
            resumed,
            missed: resumed,
            offered: offer.as_ref().map(|(to, _)| to.clone()),
            ice_servers: equipment.ice_servers,
        };
        self.welcome(context, &me, welcome)?;
        self.tell_others(&me, ServerMessage::ParticipantJoined { participant });
        if let Some((to, sdp)) = offer {
            let offer = ServerMessage::Offer {
                from: me,
                connection: 1,
                sdp,
            };
            self.tell(&to, offer);
        }
        if standing.lasts() {
            self.host_entered(context);
        } else {
            self.fill_host(context);
        }
        Ok(())
    }

    /// Gives a participant who comes back its place again, whether the place was held or an older
    /// connection still has it. `counting` is the number in the ticket that was shown.
    pub(crate) fn come_back(
        &mut self,
        context: &Context<'_>,
        wish: Wish,
        newcomer: Newcomer,
        counting: u64,
        equipment: Equipment,
    ) -> Result<(), Refusal> {
        let me = newcomer.id;
        let member = self.members.get_mut(&me).ok_or(NOT_JOINED)?;
        let received = wish.received;
        // A client that was let in but never got `joined` still counts messages of an earlier server.
        let counted = received.filter(|_| member.history.counting() == counting);
        let missing = counted.and_then(|count| member.history.since(count));
        let missed = missing.is_none();
        if missed {
            member.history = History::new(received.is_some(), equipment.counting);
        }
        member.device = newcomer.marks.device.or(member.device);
        let old = std::mem::replace(&mut member.link, Link::Connected(wish.connection));
        let old_group = std::mem::replace(&mut member.group, newcomer.marks.group);
        if let Link::Connected(old) = old {
            // The others learn that there was a gap.
            self.close(old, CloseCode::Replaced);
            self.tell_of_connection(&me, false, false);
        } else {
            self.release_place(old, old_group);
        }
        self.tell_of_connection(&me, true, missed);
        let welcome = Welcome {
            resumed: true,
            missed,
            offered: None,
            ice_servers: equipment.ice_servers,
        };
        self.welcome(context, &me, welcome)?;
        for message in missing.into_iter().flatten() {
            self.send(wish.connection, message);
        }
        // A name or media that `join` leaves out stays as it was.
        if let Some(name) = wish.name {
            self.rename(&me, name);
        }
        if let Some(media) = wish.media {
            self.set_media(&me, media);
        }
        if missed {
            let gone: Vec<_> = self.gone().cloned().collect();
            for (participant, reason) in gone {
                let message = ServerMessage::ParticipantLeft {
                    participant,
                    reason,
                };
                self.tell(&me, message);
            }
        }
        self.fill_host(context);
        Ok(())
    }

    /// Tells a participant all there is to know about the room.
    fn welcome(
        &mut self,
        context: &Context<'_>,
        me: &ParticipantId,
        welcome: Welcome,
    ) -> Result<(), Refusal> {
        let Welcome {
            resumed,
            missed,
            offered,
            ice_servers,
        } = welcome;
        let ticket = self.ticket(context, me).ok_or(SERVER_BUSY)?;
        let member = self.members.get(me).ok_or(NOT_JOINED)?;
        let connection = member.connection().ok_or(NOT_JOINED)?;
        let (role, received) = (member.standing.role(), member.history.heard());
        let is_host = member.standing.is_host();
        let lists = is_host && (resumed || !self.kept_out.is_empty());
        let message = ServerMessage::Joined {
            room: self.id.clone(),
            participant: me.clone(),
            role,
            resumed,
            participants: self.participants(me),
            locked: self.locked,
            max_participants: context.config.max_participants,
            ticket,
            ice_servers,
            received,
            missed,
            offered,
        };
        self.send(connection, message);
        if lists {
            self.show_kept_out(me);
        }
        if is_host {
            self.show_waiting(me);
        }
        Ok(())
    }
}
