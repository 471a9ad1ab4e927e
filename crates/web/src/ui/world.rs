//! What drawing needs of the world outside of it.

use call::{Command, ConnectionId, Details};
use protocol::{ParticipantId, RoomSecret, TrackKind};
use web_sys::HtmlVideoElement;
use web_time::Instant;

use crate::shell::Stage;

/// The shell's [`Stage`] offers it; so does a gallery of sample views.
pub trait World {
    fn command(&self, command: Command);
    fn details(&self, participant: &ParticipantId) -> Option<Details>;
    /// Shows the own camera in this element, from now on.
    fn show_own(&self, video: &HtmlVideoElement);
    /// Shows a person's camera or screen in this element.
    fn show_person(&self, connection: ConnectionId, kind: TrackKind, video: &HtmlVideoElement);
    /// Stops showing anything in this element.
    fn clear(&self, video: &HtmlVideoElement);
    /// The address of this server in the network, for a page opened on localhost.
    fn network_origin(&self) -> Option<String>;
    /// Whether this page came from this computer, and nobody can reach the server from another one.
    fn is_only_here(&self) -> bool;
    /// Asks the server for its version. `told` gets none if the server does not answer.
    fn ask_version(&self, told: Box<dyn FnOnce(Option<String>)>);
    /// The clock that the view's instants are of.
    fn now(&self) -> Instant;
    /// A fresh random secret for a new call.
    fn new_secret(&self) -> Option<RoomSecret>;
}

impl World for Stage {
    fn command(&self, command: Command) {
        self.command(command);
    }

    fn details(&self, participant: &ParticipantId) -> Option<Details> {
        self.details(participant)
    }

    fn show_own(&self, video: &HtmlVideoElement) {
        self.show_own(video);
    }

    fn show_person(&self, connection: ConnectionId, kind: TrackKind, video: &HtmlVideoElement) {
        self.show_person(connection, kind, video);
    }

    fn clear(&self, video: &HtmlVideoElement) {
        self.clear(video);
    }

    fn network_origin(&self) -> Option<String> {
        self.network_origin()
    }

    fn is_only_here(&self) -> bool {
        self.is_only_here()
    }

    fn ask_version(&self, told: Box<dyn FnOnce(Option<String>)>) {
        self.ask_version(told);
    }

    fn now(&self) -> Instant {
        self.now()
    }

    fn new_secret(&self) -> Option<RoomSecret> {
        self.new_secret()
    }
}
