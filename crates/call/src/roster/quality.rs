//! How well a person is received, from the browser's statistics of each second.

use std::collections::VecDeque;
use std::time::Duration;

use protocol::Media;
use web_time::Instant;

use crate::bounded::push_bounded;
use crate::interface::{CandidateKind, CandidatePair, StatsReport};
use crate::view::{Path, Quality, QualityReason, Sample};

/// Two minutes, one a second.
const MAX_SAMPLES: usize = 120;
/// A sample is of so much time at least.
const SAMPLED: Duration = Duration::from_millis(900);
/// The last samples that are judged.
const JUDGED: usize = 4;
const MAX_CODECS: usize = 16;

/// Thresholds for fair and for bad.
const LOSS_PERCENT: (f32, f32) = (3.0, 10.0);
const ROUND_TRIP_MS: (f32, f32) = (350.0, 800.0);
/// Of everything received, while the camera is on.
const BITRATE_KBPS: [f32; 2] = [120.0, 40.0];
/// The width of the picture that these bit rates are for, in pixels.
const WHOLE_WIDTH: f32 = 1_280.0;

/// The statistics of one participant's connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Meter {
    last: Option<(Instant, StatsReport)>,
    /// The path, as it was last told.
    path: Option<Path>,
    samples: VecDeque<Sample>,
    /// How many of the last samples had video that should have moved and didn't.
    frozen: u32,
    /// Samples since the connection was made.
    fresh: usize,
    quality: Quality,
}

impl Meter {
    /// The connection is another one now: its counters begin anew.
    pub(crate) fn renewed(&mut self) {
        self.last = None;
        self.path = None;
        self.frozen = 0;
        self.fresh = 0;
        self.quality = Quality::default();
    }

    /// Takes a report. `media` is what the person says it sends.
    pub(crate) fn report(&mut self, now: Instant, mut report: StatsReport, media: Media) {
        report.codecs.truncate(MAX_CODECS);
        self.path = report.selected_pair.as_ref().and_then(path).or(self.path);
        let Some((before, old)) = &self.last else {
            self.last = Some((now, report));
            return;
        };
        let elapsed = now.saturating_duration_since(*before);
        if elapsed < SAMPLED {
            return;
        }
        let sample = sample(elapsed, old, &report);
        let camera = media.camera;
        let moved = report.frames_decoded > old.frames_decoded;
        // Before the first frame it is not frozen but connecting.
        self.frozen = if camera && !moved && report.frames_decoded > 0 {
            self.frozen.saturating_add(1)
        } else {
            0
        };
        self.last = Some((now, report));
        push_bounded(&mut self.samples, sample, MAX_SAMPLES);
        self.fresh = self.fresh.saturating_add(1);
        self.judge(camera);
    }

    /// Which part of the bit rate of a whole picture the received one needs, by its width. A picture that
    /// is sent small because its tile is small is not a bad one.
    fn share_of_bits(&self) -> f32 {
        let width = self.last().map_or(0, |report| report.frame_width);
        match width {
            // The browser does not report it.
            0 => 1.0,
            width => (width as f32 / WHOLE_WIDTH).clamp(0.1, 1.0),
        }
    }

    fn judge(&mut self, camera: bool) {
        let least_kbps = BITRATE_KBPS.map(|kbps| kbps * self.share_of_bits());
        let judged = self.fresh.min(JUDGED);
        if judged < 2 {
            return;
        }
        let recent = || self.samples.iter().rev().take(judged);
        let count = judged as f32;
        let loss = recent().map(|it| it.loss_percent).sum::<f32>() / count;
        let kbps = recent().map(|it| it.receive_kbps).sum::<f32>() / count;
        let round_trip = recent().find_map(|it| it.round_trip_ms).unwrap_or(0.0);
        let bad = if self.frozen >= 2 {
            Some(QualityReason::Frozen)
        } else if loss > LOSS_PERCENT.1 {
            Some(QualityReason::Loss)
        } else if round_trip > ROUND_TRIP_MS.1 {
            Some(QualityReason::RoundTrip)
        } else if camera && kbps < least_kbps[1] {
            Some(QualityReason::LowBitrate)
        } else {
            None
        };
        let fair = if loss > LOSS_PERCENT.0 {
            Some(QualityReason::Loss)
        } else if round_trip > ROUND_TRIP_MS.0 {
            Some(QualityReason::RoundTrip)
        } else if camera && kbps < least_kbps[0] {
            Some(QualityReason::LowBitrate)
        } else {
            None
        };
        self.quality = match (bad, fair) {
            (Some(reason), _) => Quality {
                bars: 1,
                reason: Some(reason),
            },
            (None, Some(reason)) => Quality {
                bars: 2,
                reason: Some(reason),
            },
            (None, None) => Quality {
                bars: 3,
                reason: None,
            },
        };
    }

    pub(crate) fn quality(&self) -> Quality {
        self.quality
    }

    pub(crate) fn last(&self) -> Option<&StatsReport> {
        self.last.as_ref().map(|(_, report)| report)
    }

    /// The last two minutes, oldest first, one a second.
    pub(super) fn samples(&self) -> &VecDeque<Sample> {
        &self.samples
    }

    pub(super) fn path(&self) -> Option<Path> {
        self.path
    }
}

fn path(pair: &CandidatePair) -> Option<Path> {
    let relayed = |kind| kind == CandidateKind::Relayed;
    if relayed(pair.local.kind) {
        return Some(match pair.local.relay_protocol.as_deref() {
            Some("tcp") => Path::RelayTcp,
            Some("tls") => Path::RelayTls,
            _ => Path::RelayUdp,
        });
    }
    if relayed(pair.remote.kind) {
        return Some(Path::RelayUdp);
    }
    Some(Path::Direct)
}

fn sample(elapsed: Duration, old: &StatsReport, new: &StatsReport) -> Sample {
    let seconds = elapsed.as_secs_f32();
    // Counters from outside may run backwards.
    let kbps = |old: u64, new: u64| new.saturating_sub(old) as f32 * 8.0 / 1_000.0 / seconds;
    let received = new.packets_received.saturating_sub(old.packets_received) as f32;
    let lost = new.packets_lost.saturating_sub(old.packets_lost).max(0) as f32;
    let loss_percent = if lost > 0.0 {
        lost / (lost + received) * 100.0
    } else {
        0.0
    };
    Sample {
        send_kbps: kbps(old.bytes_sent, new.bytes_sent),
        receive_kbps: kbps(old.bytes_received, new.bytes_received),
        loss_percent,
        round_trip_ms: new.round_trip_ms.map(|it| it as f32),
        jitter_ms: new.jitter_ms.map(|it| it as f32),
        frames_per_second: new.frames_decoded.saturating_sub(old.frames_decoded) as f32 / seconds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAMERA: Media = Media {
        microphone: true,
        camera: true,
        screen: false,
        screen_sound: false,
    };

    /// The quality after some seconds in which each second adds `step`.
    fn after(seconds: u64, media: Media, step: impl Fn(u64, &mut StatsReport)) -> Meter {
        let start = Instant::now();
        let mut meter = Meter::default();
        let mut report = StatsReport::default();
        for second in 0..seconds {
            step(second, &mut report);
            let now = start + Duration::from_secs(second);
            meter.report(now, report.clone(), media);
        }
        meter
    }

    fn good(_: u64, report: &mut StatsReport) {
        report.bytes_received += 100_000;
        report.bytes_sent += 50_000;
        report.packets_received += 100;
        report.frames_decoded += 30;
        report.round_trip_ms = Some(20.0);
    }

    #[test]
    fn three_bars_when_all_is_well_and_the_numbers_are_right() {
        let meter = after(6, CAMERA, good);
        assert_eq!(meter.quality().bars, 3);
        let sample = *meter.samples.back().unwrap();
        assert_eq!(sample.receive_kbps, 800.0);
        assert_eq!(sample.send_kbps, 400.0);
        assert_eq!(sample.frames_per_second, 30.0);
        assert_eq!(meter.samples.len(), 5);
    }

    #[test]
    fn unknown_at_first() {
        assert_eq!(after(2, CAMERA, good).quality().bars, 0);
    }

    #[test]
    fn reasons_are_told() {
        let lossy = after(6, CAMERA, |second, report| {
            good(second, report);
            report.packets_lost += 20;
        });
        assert_eq!(lossy.quality().reason, Some(QualityReason::Loss));
        let far = after(6, CAMERA, |second, report| {
            good(second, report);
            report.round_trip_ms = Some(500.0);
        });
        assert_eq!(far.quality().bars, 2);
        assert_eq!(far.quality().reason, Some(QualityReason::RoundTrip));
        let frozen = after(8, CAMERA, |second, report| {
            if second < 4 {
                good(second, report);
            }
        });
        assert_eq!(frozen.quality().reason, Some(QualityReason::Frozen));
        let thin = after(8, CAMERA, |_, report| report.bytes_received += 1_000);
        assert_eq!(thin.quality().reason, Some(QualityReason::LowBitrate));
    }

    #[test]
    fn silence_with_the_camera_off_is_no_fault() {
        let meter = after(8, Media::default(), |_, report| {
            report.packets_received += 1;
        });
        assert_eq!(meter.quality().bars, 3);
    }

    #[test]
    fn counters_that_run_backwards_do_no_harm() {
        let meter = after(200, CAMERA, |second, report| {
            report.bytes_received = 1_000 - second;
            report.packets_lost = if second % 2 == 0 { i64::MAX } else { i64::MIN };
        });
        assert_eq!(meter.samples.len(), MAX_SAMPLES);
        assert!(meter.samples.iter().all(|it| it.loss_percent <= 100.0));
    }
}
