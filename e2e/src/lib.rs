//! Real servers and real browsers: what a person would see and hear.
//!
//! A test is a [`scene`]: the `crabcall` program on free ports, and [`Person`]s, each with a
//! browser process of its own. A person acts by what assistive technology would offer (role and
//! accessible name) and notices what people notice: words, moving pictures, sound.

mod axe;
mod browser;
mod chromium;
pub mod document;
pub mod evidence;
mod find;
mod firefox;
mod floor;
mod frames;
mod gaps;
mod media;
mod pebble;
mod person;
mod place;
mod ports;
mod process;
mod proxy;
mod relay_user;
mod scene;
mod server;
mod setup;
pub mod stats;
pub mod tools;
mod tunnel;
mod wait;

pub use browser::Browser;
pub use find::Role;
pub use floor::Floor;
pub use frames::Moment;
pub use gaps::Seen;
pub use media::Tile;
pub use pebble::{Pebble, REFUSED, tls};
pub use person::Person;
pub use place::Place;
pub use ports::free_port;
pub use process::Process;
pub use proxy::{Proxy, Signalling, WebSockets};
pub use relay_user::relay_user;
pub use scene::{Scene, moved_to, scene, scene_on, words_of};
pub use server::Server;
pub use setup::{Devices, Kind, Setup};
pub use tunnel::TunnelProxy;
pub use wait::{PATIENCE, eventually, eventually_within};

/// What a test returns.
pub type Result<T = ()> = anyhow::Result<T>;
