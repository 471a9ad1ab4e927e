//! The technical log of a connection as text. In the terms of the specifications, which are the
//! same in every language.

use call::{CandidateKind, CandidateSummary, Details, LogEntry, LogLine, Path, SignalingState};
use call::{ConnectionState, GatheringState, IceState};

/// What stands for an address that was left out.
const HIDDEN: &str = "(address left out)";

/// How media goes.
pub fn path(path: Path) -> &'static str {
    match path {
        Path::Direct => "direct",
        Path::RelayUdp => "relay, UDP",
        Path::RelayTcp => "relay, TCP",
        Path::RelayTls => "relay, TLS",
    }
}

/// A candidate, with or without its address.
pub fn candidate(candidate: &CandidateSummary, addresses: bool) -> String {
    let kind = match candidate.kind {
        CandidateKind::Host => "host",
        CandidateKind::ServerReflexive => "srflx",
        CandidateKind::PeerReflexive => "prflx",
        CandidateKind::Relayed => "relay",
    };
    let address = if addresses {
        &candidate.address
    } else {
        HIDDEN
    };
    let mut text = [kind, " ", &candidate.protocol, " ", address].concat();
    if let Some(protocol) = &candidate.relay_protocol {
        text.push_str(" via ");
        text.push_str(protocol);
    }
    text
}

/// One line of the log.
pub fn line(entry: &LogLine, addresses: bool) -> String {
    let end_or = |summary: &Option<CandidateSummary>| {
        summary
            .as_ref()
            .map_or_else(|| "end".to_owned(), |summary| candidate(summary, addresses))
    };
    match entry {
        LogLine::Ice(state) => ["ICE ", ice(*state)].concat(),
        LogLine::State(state) => ["connection ", connection(*state)].concat(),
        LogLine::Gathering(state) => ["gathering ", gathering(*state)].concat(),
        LogLine::Signaling(state) => ["signaling ", signaling(*state)].concat(),
        LogLine::LocalCandidate(summary) => ["local candidate: ", &end_or(summary)].concat(),
        LogLine::RemoteCandidate(summary) => ["remote candidate: ", &end_or(summary)].concat(),
        LogLine::OfferSent => "offer sent".to_owned(),
        LogLine::OfferReceived => "offer received".to_owned(),
        LogLine::AnswerSent => "answer sent".to_owned(),
        LogLine::AnswerReceived => "answer received".to_owned(),
        LogLine::IceRestart => "ICE restart".to_owned(),
        LogLine::Rollback => "rollback".to_owned(),
        LogLine::FirstFrame => "first frame".to_owned(),
        LogLine::IceError { remote, code, text } => {
            let side = if *remote { "remote" } else { "local" };
            [side, " ICE error ", &code.to_string(), ": ", text].concat()
        }
        LogLine::Failed { name, message } => [name, ": ", message].concat(),
        LogLine::Replaced => "connection replaced".to_owned(),
    }
}

/// Seconds since the page began, with tenths.
pub fn at(entry: &LogEntry) -> String {
    let tenths = entry.at.subsec_millis() / 100;
    [&entry.at.as_secs().to_string(), ".", &tenths.to_string()].concat()
}

/// Everything as text, for a bug report.
pub fn report(details: &Details, addresses: bool) -> String {
    let mut lines = vec![["Crabcall ", env!("CARGO_PKG_VERSION")].concat()];
    if let Some(way) = details.path {
        lines.push(["path: ", path(way)].concat());
    }
    if let Some(pair) = &details.pair {
        lines.push(["local: ", &candidate(&pair.local, addresses)].concat());
        lines.push(["remote: ", &candidate(&pair.remote, addresses)].concat());
    }
    for codec in &details.codecs {
        let way = if codec.sending {
            "sending "
        } else {
            "receiving "
        };
        lines.push([way, &codec.mime].concat());
    }
    let size = [details.frame_width, details.frame_height].map(|side| side.to_string());
    lines.push(["picture: ", &size.join("x")].concat());
    if let Some(sample) = details.samples.back() {
        let whole = |number: f32| (number.round() as i64).to_string();
        let rtt = sample.round_trip_ms.map_or("?".to_owned(), whole);
        let loss = sample.loss_percent;
        let fps = sample.frames_per_second;
        let send = sample.send_kbps;
        let receive = sample.receive_kbps;
        lines.push(
            [
                "round trip ",
                &rtt,
                " ms, loss ",
                &whole(loss),
                " %, ",
                &whole(fps),
                " fps",
            ]
            .concat(),
        );
        lines.push(
            [
                "sending ",
                &whole(send),
                " kbit/s, receiving ",
                &whole(receive),
                " kbit/s",
            ]
            .concat(),
        );
    }
    lines.push(String::new());
    for entry in &details.log {
        lines.push([&at(entry), " s  ", &line(&entry.line, addresses)].concat());
    }
    lines.join("\n")
}

fn ice(state: IceState) -> &'static str {
    match state {
        IceState::New => "new",
        IceState::Checking => "checking",
        IceState::Connected => "connected",
        IceState::Completed => "completed",
        IceState::Disconnected => "disconnected",
        IceState::Failed => "failed",
        IceState::Closed => "closed",
    }
}

fn connection(state: ConnectionState) -> &'static str {
    match state {
        ConnectionState::New => "new",
        ConnectionState::Connecting => "connecting",
        ConnectionState::Connected => "connected",
        ConnectionState::Disconnected => "disconnected",
        ConnectionState::Failed => "failed",
        ConnectionState::Closed => "closed",
    }
}

fn gathering(state: GatheringState) -> &'static str {
    match state {
        GatheringState::New => "new",
        GatheringState::Gathering => "gathering",
        GatheringState::Complete => "complete",
    }
}

fn signaling(state: SignalingState) -> &'static str {
    match state {
        SignalingState::Stable => "stable",
        SignalingState::HaveLocalOffer => "have-local-offer",
        SignalingState::HaveRemoteOffer => "have-remote-offer",
        SignalingState::Other => "pranswer",
        SignalingState::Closed => "closed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use call::CandidatePair;
    use protocol::ParticipantId;
    use std::time::Duration;

    #[test]
    fn a_report_leaves_addresses_out_unless_asked_for() {
        let summary = CandidateSummary {
            kind: CandidateKind::Host,
            protocol: "udp".into(),
            address: "192.168.1.23:5000".into(),
            relay_protocol: None,
        };
        let details = Details {
            participant: ParticipantId::parse("AAAAAAAAAAAA").unwrap(),
            path: Some(Path::Direct),
            pair: Some(CandidatePair {
                local: summary.clone(),
                remote: summary.clone(),
            }),
            codecs: Vec::new(),
            frame_width: 640,
            frame_height: 480,
            screen_width: 0,
            screen_height: 0,
            samples: [call::Sample::default()].into(),
            log: [LogEntry {
                at: Duration::from_millis(1_250),
                line: LogLine::LocalCandidate(Some(summary)),
            }]
            .into(),
        };
        let without = report(&details, false);
        assert!(!without.contains("192.168") && without.contains("path: direct"));
        assert!(without.contains("1.2 s  local candidate: host udp"));
        assert_eq!(
            report(&details, true).matches("192.168.1.23:5000").count(),
            3
        );
    }
}
