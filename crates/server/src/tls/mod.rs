//! HTTPS on the local network: a private CA ([`authority`]), a certificate of it for this
//! machine's [`names`], and the TLS settings that serve it ([`identity`]).

pub mod authority;
pub mod identity;
pub mod names;
