//! The fallback: what a WebSocket carries goes by HTTP requests, and all that holds for a
//! connection holds for it.

pub mod client;
mod cut_answers_lose_nothing;
mod handed_over_to_a_web_socket;
mod limits_are_the_same;
mod malformed_messages;
mod repeated_posts_are_taken_once;
mod requests_are_checked;
mod the_same_messages;
