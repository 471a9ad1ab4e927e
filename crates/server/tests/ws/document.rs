//! PROTOCOL.md shows what the program really hears and says: every example is sent to it or comes
//! from it, in a flow to which the message belongs.

mod examples;
mod http;
mod little_rules;
mod messages;
mod people;
mod whole_call;
