//! The server as its clients and peers see it; one file for each behaviour.

mod a_call_is_relayed;
mod a_flood_is_not_amplified;
mod allocations_are_few;
#[cfg(test)]
mod any_order_of_steps;
mod bandwidth_is_capped;
mod credentials_end;
mod forbidden_peers;
mod hand_over;
mod nothing_that_comes_in_does_harm;
mod requests_are_checked;
mod strangers_are_not_flooded;
mod time_runs_out;
#[cfg(test)]
mod world;
