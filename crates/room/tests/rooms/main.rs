//! What clients get to see of the rooms.

mod call_code;
mod first_message;
mod host_actions;
mod joining;
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
mod ticket_of_a_participant;
#[cfg(test)]
mod world;
