//! Two engines with a model of a browser each, joined by an exact relay, where every step is
//! chosen by the test.

#[cfg(test)]
mod every_order_of_changes_settles;
#[cfg(test)]
mod every_order_of_entering_connects;
#[cfg(test)]
mod every_order_of_leaving_is_clean;
#[cfg(test)]
mod every_order_of_losing_the_server_recovers;
#[cfg(test)]
mod long_random_calls_end_stable;
#[cfg(test)]
mod support;
