//! The server as its clients and peers see it; one file for each behaviour.

mod a_call_is_relayed;
mod time_runs_out;
#[cfg(test)]
mod world;
