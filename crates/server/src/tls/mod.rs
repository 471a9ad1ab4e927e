//! HTTPS. On the local network by a private CA ([`authority`]) and a certificate of it for this
//! machine's [`names`] ([`identity`]); in the open by a [`public`] certificate that others made,
//! from [`files`] or by ACME. [`serving`] chooses between them.

pub mod authority;
pub mod certificate;
pub mod files;
pub mod identity;
pub mod names;
pub mod provider;
pub mod public;
pub mod serving;
