//! The metrics in the OpenMetrics text format, gathered when they are asked for.

use std::{fmt, sync::Arc};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _, text},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
    registry::Registry,
};

use crate::{
    logs,
    relay::Relay,
    signalling::{Counters, Signalling},
    site::Site,
    tls::{identity::Identity, public::PublicCertificate},
};

/// The type of what [`encode`] writes.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Writes all metrics.
pub fn encode(site: &Site) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("crabcall");
    let meters = &site.meters;
    registry.register(
        "tcp_accepted",
        "TCP connections taken",
        meters.accepted.clone(),
    );
    registry.register(
        "tcp_turned_away",
        "TCP connections turned away at once",
        meters.turned_away.clone(),
    );
    registry.register(
        "http_connections",
        "Connections that speak HTTP now",
        meters.http.clone(),
    );
    registry.register(
        "tls_handshakes",
        "TLS handshakes",
        meters.handshakes.clone(),
    );
    registry.register_collector(Box::new(Calls(site.signalling.clone())));
    registry.register_collector(Box::new(Certificates {
        private: site.identity.clone(),
        public: site.public.clone(),
    }));
    registry.register_collector(Box::new(Relayed(site.relay.clone())));
    registry.register_collector(Box::new(LeftOut));
    let mut text = String::new();
    text::encode(&mut text, &registry)?;
    Ok(text)
}

/// The counts of signalling.
#[derive(Debug)]
struct Calls(Signalling);

impl Collector for Calls {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let counters = self.0.counters();
        for (name, help, value) in gauges(&counters) {
            let value = i64::try_from(value).unwrap_or(i64::MAX);
            let encoder = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            ConstGauge::new(value).encode(encoder)?;
        }
        for (name, help, value) in totals(&counters) {
            let encoder = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            ConstCounter::new(value).encode(encoder)?;
        }
        for (name, help, label, values) in [
            (
                "messages_in",
                "Messages from clients",
                "type",
                &counters.messages_in,
            ),
            (
                "messages_out",
                "Messages to clients",
                "type",
                &counters.messages_out,
            ),
            ("refusals", "Refusals", "reason", &counters.refusals),
        ] {
            let mut encoder = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            for (key, value) in values {
                let labels = [(label, *key)];
                let encoder = encoder.encode_family(&labels)?;
                ConstCounter::new(*value).encode(encoder)?;
            }
        }
        Ok(())
    }
}

/// Lines of the log that were left out.
#[derive(Debug)]
struct LeftOut;

impl Collector for LeftOut {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let values = [("unread", logs::unread()), ("repeated", logs::repeated())];
        let name = (
            "log_lines_left_out",
            "Lines of the log left out, as nobody read it or they had just been said",
            "reason",
        );
        family(&mut encoder, name, values)
    }
}

/// How long the certificates last, and how their renewal goes.
#[derive(Debug)]
struct Certificates {
    private: Option<Arc<Identity>>,
    public: Option<Arc<PublicCertificate>>,
}

impl Collector for Certificates {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let private = self
            .private
            .as_ref()
            .map(|one| ("private", one.not_after()));
        let public = self.public.as_ref().and_then(|one| {
            let current = one.current()?;
            Some((one.source().as_str(), current.lifetime().not_after))
        });
        let mut ends = encoder.encode_descriptor(
            "certificate_expiration_timestamp_seconds",
            "When a certificate in use ends, by where it came from",
            None,
            MetricType::Gauge,
        )?;
        for (source, end) in private.into_iter().chain(public) {
            let labels = [("source", source)];
            ConstGauge::new(end.unix_timestamp()).encode(ends.encode_family(&labels)?)?;
        }
        let Some(renewals) = self.public.as_ref().map(|public| public.renewals()) else {
            return Ok(());
        };
        let mut counts = encoder.encode_descriptor(
            "certificate_renewals",
            "Times the public certificate was to be renewed",
            None,
            MetricType::Counter,
        )?;
        for (result, count) in [("done", renewals.done), ("failed", renewals.failed)] {
            let labels = [("result", result)];
            ConstCounter::new(count).encode(counts.encode_family(&labels)?)?;
        }
        let encoder = encoder.encode_descriptor(
            "certificate_renewal_failing",
            "1 when the last renewal of the public certificate failed",
            None,
            MetricType::Gauge,
        )?;
        let is_failing = renewals.last_failed.unwrap_or(false);
        ConstGauge::new(i64::from(is_failing)).encode(encoder)
    }
}

/// The counts of the relay.
#[derive(Debug)]
struct Relayed(Relay);

impl Collector for Relayed {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let numbers = self.0.numbers();
        for (name, help, value) in [
            (
                "relay_users",
                "Participants and people in lobbies the relay works for now",
                numbers.users,
            ),
            (
                "relay_allocations",
                "Allocations of the relay there are now",
                numbers.allocations,
            ),
            (
                "relay_streams",
                "Clients of the relay by TCP and TLS there are now",
                numbers.streams,
            ),
        ] {
            let value = i64::try_from(value).unwrap_or(i64::MAX);
            let encoder = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            ConstGauge::new(value).encode(encoder)?;
        }
        let it = numbers.counters;
        for (name, help, value) in [
            ("stun_bindings", "STUN requests answered", it.bindings),
            ("relay_allocated", "Allocations made", it.allocations),
            (
                "relay_dropped",
                "Packets dropped because a socket or a slow client took no more",
                numbers.dropped,
            ),
        ] {
            let encoder = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            ConstCounter::new(value).encode(encoder)?;
        }
        let ways = [
            ("to_peers", it.to_peers),
            ("to_clients", it.to_clients),
            ("inside", it.handed_over),
        ];
        for (name, help, value) in [
            (
                "relay_packets",
                "Packets relayed",
                ways.map(|(way, traffic)| (way, traffic.packets)),
            ),
            (
                "relay_bytes",
                "Bytes of data relayed",
                ways.map(|(way, traffic)| (way, traffic.bytes)),
            ),
        ] {
            family(&mut encoder, (name, help, "way"), value)?;
        }
        let refused = [
            ("unauthorized", it.unauthorized),
            ("over_quota", it.over_quota),
            ("not_granted", it.not_granted),
            ("denied_special", it.denied_special),
            ("denied_own", it.denied_own),
            ("denied_near", it.denied_near),
            ("denied_port", it.denied_port),
            ("unanswered", it.unanswered),
            ("not_permitted", it.not_permitted),
            ("too_fast", it.too_fast),
            ("unheard", it.unheard),
            ("malformed", it.malformed),
            ("other", it.refused),
        ];
        let name = (
            "relay_refused",
            "What the relay refused or dropped",
            "reason",
        );
        family(&mut encoder, name, refused)?;
        let untaken = [
            ("zrtp", numbers.untaken.zrtp),
            ("dtls", numbers.untaken.dtls),
            ("rtp", numbers.untaken.rtp),
            ("unknown", numbers.untaken.unknown),
        ];
        let name = (
            "udp_untaken",
            "UDP packets dropped because nothing here takes their kind",
            "kind",
        );
        family(&mut encoder, name, untaken)
    }
}

fn family<const N: usize>(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help, label): (&str, &str, &str),
    values: [(&str, u64); N],
) -> Result<(), fmt::Error> {
    let mut encoder = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (key, value) in values {
        let labels = [(label, key)];
        let encoder = encoder.encode_family(&labels)?;
        ConstCounter::new(value).encode(encoder)?;
    }
    Ok(())
}

fn gauges(counters: &Counters) -> [(&'static str, &'static str, usize); 4] {
    [
        ("connections", "Clients connected now", counters.connections),
        (
            "fallback_sessions",
            "Clients connected now by HTTP requests, as no WebSocket got through",
            counters.fallback_sessions,
        ),
        ("rooms", "Rooms there are now", counters.rooms),
        (
            "participants",
            "Participants there are now",
            counters.participants,
        ),
    ]
}

fn totals(counters: &Counters) -> [(&'static str, &'static str, u64); 4] {
    [
        (
            "connections_opened",
            "Clients that connected",
            counters.connections_opened,
        ),
        ("rooms_created", "Rooms created", counters.rooms_created),
        (
            "participants_entered",
            "Participants that entered",
            counters.participants_entered,
        ),
        (
            "outbox_drops",
            "Messages dropped because their reader was too slow",
            counters.outbox_drops,
        ),
    ]
}
