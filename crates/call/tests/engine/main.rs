//! Two engines with a model of a browser each, joined by an exact relay, where every step is
//! chosen by the test.

#[cfg(test)]
mod a_browser_without_web_rtc_is_told_of;
#[cfg(test)]
mod a_code_or_link_finds_the_call;
#[cfg(test)]
mod a_device_that_moved_connects_anew;
#[cfg(test)]
mod a_lobby_waits_for_its_call;
#[cfg(test)]
mod a_newcomer_that_says_nothing;
#[cfg(test)]
mod a_page_comes_back_as_who_it_was;
#[cfg(test)]
mod a_page_that_goes_away_leaves;
#[cfg(test)]
mod a_peer_that_always_begins_anew;
#[cfg(test)]
mod a_picture_begins_small;
#[cfg(test)]
mod a_screen_stands_beside_the_camera;
#[cfg(test)]
mod an_answer_brings_its_candidates;
#[cfg(test)]
mod devices_change_during_a_call;
#[cfg(test)]
mod each_is_heard_as_chosen;
mod every_order_of_changes_settles;
#[cfg(test)]
mod every_order_of_entering_connects;
#[cfg(test)]
mod every_order_of_leaving_is_clean;
#[cfg(test)]
mod every_order_of_losing_the_server_recovers;
#[cfg(test)]
mod going_back_does_not_leave_a_call;
#[cfg(test)]
mod long_random_calls_end_stable;
#[cfg(test)]
mod media_that_breaks_is_mended;
#[cfg(test)]
mod no_udp_and_no_other_way_is_said_at_once;
#[cfg(test)]
mod nothing_is_revealed_before_joining;
#[cfg(test)]
mod refused_devices_do_not_end_the_call;
#[cfg(test)]
mod servers_to_gather_from;
#[cfg(test)]
mod support;
#[cfg(test)]
mod the_server_may_go_and_come_back;
#[cfg(test)]
mod what_is_remembered;
#[cfg(test)]
mod what_is_written_is_read_once;
mod what_stands_in_front_of_the_server_is_named;
#[cfg(test)]
mod who_is_host_and_who_is_kept_out;
#[cfg(test)]
mod who_speaks_is_seen;
