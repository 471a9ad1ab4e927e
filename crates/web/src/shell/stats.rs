//! What getStats tells, reduced to what the engine needs (W3C webrtc-stats).

use browser::js::{get, number, text};
use call::{CandidateKind, CandidatePair, CandidateSummary, Codec, StatsReport};
use js_sys::Map;
use wasm_bindgen::{JsCast, JsValue};

/// All entries of a report.
struct Entries<'a> {
    /// An RTCStatsReport is a maplike object, not a Map: only Map's methods are there.
    by_id: &'a Map,
    all: Vec<JsValue>,
}

impl<'a> Entries<'a> {
    fn of(report: &'a JsValue) -> Self {
        let by_id: &Map = report.unchecked_ref();
        let mut all = Vec::new();
        by_id.for_each(&mut |entry, _| all.push(entry));
        Self { by_id, all }
    }

    /// The entry whose id stands in this field.
    fn named(&self, entry: &JsValue, key: &str) -> Option<JsValue> {
        let found = self.by_id.get(&get(entry, key));
        (!found.is_undefined()).then_some(found)
    }
}

/// How the statistics of the screen are told apart from those of the camera: by the screen's mid, or by
/// the id of its remote track. Each browser reports one of the two.
pub(super) struct ScreenNames {
    pub(super) mid: Option<String>,
    pub(super) track: Option<String>,
}

impl ScreenNames {
    fn are_in(&self, entry: &JsValue) -> bool {
        let names = |key, name: &Option<String>| name.is_some() && text(entry, key) == *name;
        names("mid", &self.mid) || names("trackIdentifier", &self.track)
    }
}

/// Reads an `RTCStatsReport`; what a browser leaves out stays at zero or none.
pub(super) fn read(report: &JsValue, screen: &ScreenNames) -> StatsReport {
    let entries = Entries::of(report);
    let mut stats = StatsReport::default();
    for entry in &entries.all {
        match text(entry, "type").unwrap_or_default().as_str() {
            "inbound-rtp" => inbound(&mut stats, &entries, entry, screen),
            "outbound-rtp" => outbound(&mut stats, &entries, entry, screen),
            "remote-inbound-rtp" => remote_inbound(&mut stats, entry),
            _ => {}
        }
    }
    if let Some(pair) = selected_pair(&entries) {
        // ICE's own checks measure the path itself; RTCP's (above) stands in where they are not told.
        stats.round_trip_ms = milliseconds(&pair, "currentRoundTripTime").or(stats.round_trip_ms);
        stats.available_outgoing_bps = number(&pair, "availableOutgoingBitrate");
        stats.selected_pair = candidate(&entries, &pair, "localCandidateId")
            .zip(candidate(&entries, &pair, "remoteCandidateId"))
            .map(|(local, remote)| CandidatePair { local, remote });
    }
    stats
}

fn inbound(stats: &mut StatsReport, entries: &Entries, entry: &JsValue, screen: &ScreenNames) {
    stats.bytes_received += count(entry, "bytesReceived");
    stats.packets_received += count(entry, "packetsReceived");
    stats.packets_lost += number(entry, "packetsLost").unwrap_or_default() as i64;
    stats.jitter_ms = larger(stats.jitter_ms, milliseconds(entry, "jitter"));
    if screen.are_in(entry) {
        stats.screen_width = count(entry, "frameWidth") as u32;
        stats.screen_height = count(entry, "frameHeight") as u32;
    } else if text(entry, "kind").as_deref() == Some("video") {
        stats.frames_decoded += count(entry, "framesDecoded");
        stats.frame_width = count(entry, "frameWidth") as u32;
        stats.frame_height = count(entry, "frameHeight") as u32;
    } else {
        stats.concealed_samples += count(entry, "concealedSamples");
        stats.total_samples += count(entry, "totalSamplesReceived");
    }
    codec(stats, entries, entry, false);
}

fn outbound(stats: &mut StatsReport, entries: &Entries, entry: &JsValue, screen: &ScreenNames) {
    stats.bytes_sent += count(entry, "bytesSent");
    if !screen.are_in(entry) {
        stats.frames_sent += count(entry, "framesSent");
    }
    codec(stats, entries, entry, true);
}

/// What the other side reports of what we send.
fn remote_inbound(stats: &mut StatsReport, entry: &JsValue) {
    stats.round_trip_ms = larger(stats.round_trip_ms, milliseconds(entry, "roundTripTime"));
    stats.remote_fraction_lost = larger(stats.remote_fraction_lost, number(entry, "fractionLost"));
}

fn codec(stats: &mut StatsReport, entries: &Entries, entry: &JsValue, sending: bool) {
    let codec = entries.named(entry, "codecId");
    if let Some(mime) = codec.and_then(|codec| text(&codec, "mimeType")) {
        let codec = Codec { mime, sending };
        if !stats.codecs.contains(&codec) {
            stats.codecs.push(codec);
        }
    }
}

/// The pair in use: the transport names it in Chromium; the pair says it itself in Firefox.
fn selected_pair(entries: &Entries) -> Option<JsValue> {
    let of_type = |name: &'static str| {
        let all = entries.all.iter();
        all.filter(move |entry| text(entry, "type").as_deref() == Some(name))
    };
    let is_true = |entry: &JsValue, key: &str| get(entry, key).as_bool() == Some(true);
    let mut transports = of_type("transport");
    let chosen = transports.find_map(|it| entries.named(it, "selectedCandidatePairId"));
    chosen.or_else(|| {
        let mut pairs = of_type("candidate-pair");
        let selected = pairs.find(|pair| is_true(pair, "selected"));
        let in_use = || {
            of_type("candidate-pair").find(|pair| {
                is_true(pair, "nominated") && text(pair, "state").as_deref() == Some("succeeded")
            })
        };
        selected.or_else(in_use).cloned()
    })
}

fn candidate(entries: &Entries, pair: &JsValue, key: &str) -> Option<CandidateSummary> {
    let candidate = &entries.named(pair, key)?;
    let kind = match text(candidate, "candidateType")?.as_str() {
        "host" => CandidateKind::Host,
        "srflx" => CandidateKind::ServerReflexive,
        "prflx" => CandidateKind::PeerReflexive,
        "relay" => CandidateKind::Relayed,
        _ => return None,
    };
    // Browsers leave the address out where it would tell too much.
    let host = text(candidate, "address").unwrap_or_default();
    let port = number(candidate, "port").unwrap_or_default() as u16;
    let address = if host.contains(':') {
        ["[", &host, "]:", &port.to_string()].concat()
    } else {
        [&*host, ":", &port.to_string()].concat()
    };
    Some(CandidateSummary {
        kind,
        protocol: text(candidate, "protocol").unwrap_or_default(),
        address,
        relay_protocol: text(candidate, "relayProtocol"),
    })
}

fn count(entry: &JsValue, key: &str) -> u64 {
    // `as` saturates: nothing that a browser says can overflow.
    number(entry, key).unwrap_or_default() as u64
}

fn milliseconds(entry: &JsValue, key: &str) -> Option<f64> {
    number(entry, key).map(|seconds| seconds * 1_000.0)
}

fn larger(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.max(other)),
        (one, other) => one.or(other),
    }
}
