//! What is drawn: the page, the panel of details, the notices. The texts that people read are in the
//! page's shell, not here.

mod details;
mod log;
mod notices;
mod page;

pub use details::{Details, LogEntry, LogLine, Path, Sample};
pub use page::{
    Bell, ChatMessage, ChatView, CodeView, Devices, EndReason, Found, Link, Me, MediaAccess,
    Notice, NoticeKind, Person, Problem, Quality, QualityReason, RoomView, Screen, Status, View,
    Waiting,
};

pub(crate) use log::{Log, cut, summary};
pub(crate) use notices::Notices;
