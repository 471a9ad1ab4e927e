// What a Crabcall client and server say to each other (crabcall.v1). See PROTOCOL.md.
// Made from the types; do not edit.

export type ClientMessage = { "type": "peek", room: RoomId, } | { "type": "find", code: CallCode, } | { "type": "join", room: RoomId,
/**
 * What the others see. Without it the holder of a ticket keeps the name it has.
 */
name?: Name, secret?: RoomSecret, ticket?: Ticket,
/**
 * What the participant sends. Without it the holder of a ticket sends what it sent.
 */
media?: Media,
/**
 * How many counted messages the client has got in this call. A client that says it gets
 * those that it missed when it comes back.
 */
received?: number,
/**
 * An offer that was prepared in the lobby, so that it does not wait for `joined`: passed
 * on, as of connection 1, to the first participant there that is connected.
 */
offer?: Sdp,
/**
 * Tells this device from others, in this room alone.
 */
device?: DeviceToken, } | { "type": "offer", to: ParticipantId, connection: number, sdp: Sdp, } | { "type": "answer", to: ParticipantId, connection: number, sdp: Sdp, } | { "type": "candidate", to: ParticipantId, connection: number, candidate?: Candidate, } | { "type": "ice_error", to: ParticipantId, connection: number, code: number, text: string, } | { "type": "media", media: Media, } | { "type": "rename", name: Name, } | { "type": "chat", id: number, text: ChatText,
/**
 * Only this participant gets it: it may have missed a text that all the others got.
 */
to?: ParticipantId, } | { "type": "code", } | { "type": "remove", participant: ParticipantId, } | { "type": "readmit", participant: ParticipantId, } | { "type": "make_host", participant: ParticipantId, } | { "type": "lock", locked: boolean, } | { "type": "leave", } | { "type": "away", } | { "type": "received", count: number, } | { "type": "ping", id: number, } | { "type": "attach", session: SessionId, received: number, };

export type ServerMessage = { "type": "lobby", room: RoomId, names: Array<Name>, ice_servers: Array<IceServer>, } | { "type": "found", room: RoomId, } | { "type": "joined", room: RoomId, participant: ParticipantId, role: Role, resumed: boolean, participants: Array<Participant>, locked: boolean, max_participants: number, ticket: Ticket, ice_servers: Array<IceServer>,
/**
 * How many counted messages of the client the server has got in this call.
 */
received: number,
/**
 * Messages to the client were lost, and both sides count from 0 again.
 */
missed: boolean,
/**
 * To whom the `offer` of the `join` was passed on.
 */
offered?: ParticipantId, } | { "type": "participant_joined", participant: Participant, } | { "type": "participant_left", participant: ParticipantId, reason: LeaveReason, } | { "type": "participant_connection", participant: ParticipantId, connected: boolean,
/**
 * It is back, but some of what was said to it is lost.
 */
missed?: boolean, } | { "type": "media", from: ParticipantId, media: Media, } | { "type": "renamed", from: ParticipantId, name: Name, } | { "type": "chat", from: ParticipantId, id: number, text: ChatText, } | { "type": "role", participant: ParticipantId, role: Role, } | { "type": "kept_out", participants: Array<KeptOut>, } | { "type": "waiting", count: number, } | { "type": "offer", from: ParticipantId, connection: number, sdp: Sdp, } | { "type": "answer", from: ParticipantId, connection: number, sdp: Sdp, } | { "type": "candidate", from: ParticipantId, connection: number, candidate?: Candidate, } | { "type": "ice_error", from: ParticipantId, connection: number, code: number, text: string, } | { "type": "code", code: CallCode, expires_in_ms: number, } | { "type": "ice_servers", ice_servers: Array<IceServer>, } | { "type": "locked", locked: boolean, } | { "type": "ticket", ticket: Ticket, } | { "type": "removed", } | { "type": "stopping", retry_after_ms: number, } | { "type": "received", count: number, } | { "type": "pong", id: number, } | { "type": "attached", received: number, } | { "type": "error" } & Error;

export type Participant = { id: ParticipantId, name: Name, role: Role, media: Media,
/**
 * False while its signalling connection is lost and it may still come back.
 */
connected: boolean, };

export type Role = "host" | "guest" | (string & {});

export type Media = {
/**
 * The microphone is there and not muted.
 */
microphone?: boolean,
/**
 * The camera is there and on.
 */
camera?: boolean,
/**
 * The screen is shared, beside the camera.
 */
screen?: boolean,
/**
 * What is heard on the shared screen is sent as well.
 */
screen_sound?: boolean, };

export type LeaveReason = "removed" | "lost" | "left" | (string & {});

export type KeptOut = {
/**
 * Who it was.
 */
id: ParticipantId,
/**
 * Under which name; empty if the server does not know it any more.
 */
name: Name, };

export type Candidate = {
/**
 * The candidate attribute (RFC 8839, section 5.1), at most 1,024 bytes.
 */
candidate: string,
/**
 * The media description it belongs to, by its `a=mid`.
 */
sdp_mid?: string,
/**
 * The same by its place in the description.
 */
sdp_m_line_index?: number,
/**
 * The ICE user fragment, which tells generations of candidates apart after an ICE restart.
 */
username_fragment?: string, };

export type IceServer = {
/**
 * STUN and TURN URIs (RFC 7064, RFC 7065).
 */
urls: Array<string>,
/**
 * The TURN user name.
 */
username?: string,
/**
 * The TURN password.
 */
credential?: string, };

export type Error = {
/**
 * For programs.
 */
code: ErrorCode,
/**
 * For developers, in English. A page draws its own words from `code`.
 */
message: string,
/**
 * The `type` of the message that was refused, if it could be read.
 */
refused?: string,
/**
 * When it makes sense to ask again, in milliseconds.
 */
retry_after_ms?: number, };

export type ErrorCode = "bad_message" | "unknown_type" | "too_large" | "too_many_messages" | "wrong_state" | "unavailable" | "full" | "removed" | "not_host" | "no_such_participant" | "bad_ticket" | "bad_secret" | "server_busy" | (string & {});

export type Name = string;

export type ChatText = string;

export type RoomId = string;

export type RoomSecret = string;

export type ParticipantId = string;

export type CallCode = string;

export type Ticket = string;

export type SessionId = string;

export type DeviceToken = string;

export type Sdp = string;
