//! The program over real sockets: one behaviour a file.

#[cfg(test)]
mod participant;
#[cfg(test)]
mod support;
#[cfg(test)]
mod turn_client;

mod asks_no_other_host;
#[cfg(test)]
mod attacks_on_codes_and_lobbies;
mod attacks_on_places;
#[cfg(test)]
mod attacks_with_old_tickets;
mod behind_proxies;
mod careful_headers;
mod certificate_follows_machine;
mod certificate_is_constrained;
mod config_mistakes;
mod config_precedence;
#[cfg(unix)]
mod doctor_finds_the_server;
mod doctor_front;
mod doctor_names_the_cause;
mod doctor_names_the_failing_link;
mod etag_revalidates;
mod forwarded_only_from_trusted;
#[cfg(unix)]
mod hangup;
mod host_is_ours;
mod info_tells_local_browsers;
mod names_of_the_operator;
mod operator_views_are_local;
mod own_certificate;
mod plain_http_is_redirected;
mod proxy_protocol_names_the_client;
#[cfg(target_os = "linux")]
mod read_only_folder;
mod relay_carries_packets;
mod relay_is_for_participants;
mod relay_is_guarded;
#[cfg(target_os = "linux")]
mod service_manager_is_told;
mod signalling_is_reached;
mod slow_peers_are_cut;
mod stops_in_time;
mod taken_port;
mod ticket_key;
mod trust_page;
mod turn_through_proxies;
#[cfg(target_os = "linux")]
mod unread_log;
