//! What PROTOCOL.md shows is what the program hears and says: every example is sent to it or comes
//! from it, in flows to which the messages belong.

mod examples;
mod http;
mod little_rules;
mod messages;
mod people;
mod whole_call;
