//! What clients get to see of the rooms.

mod call_code;
#[cfg(test)]
mod chat;
mod ended;
mod first_message;
mod held;
mod host_actions;
mod hosts;
mod joining;
mod kept_out;
mod limits;
mod lobby;
mod offer_with_join;
mod relay;
mod relay_credentials;
mod replay;
mod restart;
mod resume;
mod snapshot;
mod stop;
mod ticket_key;
mod ticket_of_a_participant;
mod waiting;
#[cfg(test)]
mod world;
