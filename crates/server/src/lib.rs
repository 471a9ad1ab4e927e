//! The `crabcall` program: HTTP, WebSockets, TLS and the page, around the cores.

pub mod acme;
mod banner;
pub mod config;
mod data_dir;
pub mod doctor;
pub mod fault;
pub mod host;
mod http;
mod listen;
mod logs;
pub mod machine;
mod meters;
mod metrics;
mod moment;
pub mod networks;
pub mod program;
pub mod relay;
mod seldom;
pub mod server;
pub mod signalling;
mod signals;
pub mod site;
mod supervisor;
pub mod tls;
