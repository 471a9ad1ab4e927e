//! Certificates in the open, from an authority that checks as Let's Encrypt does: one behaviour a
//! file.

#[cfg(test)]
mod support;

mod a_failed_renewal_keeps_the_old_one;
mod a_lost_folder_is_warned_of;
mod a_name_gets_one_and_keeps_it;
mod a_refused_order_waits;
mod an_address_gets_one;
mod it_is_renewed_in_time;
