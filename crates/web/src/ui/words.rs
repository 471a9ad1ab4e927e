//! The page's words: `locales/*.json`, in the language of the browser.

use call::{EndReason, MediaError, NoticeKind, Problem, Quality, QualityReason, Status};
use protocol::Name;

use super::Ui;

leptos_i18n_macro::load_locales!();

pub use i18n::Locale;

/// The text of a key in the page's language.
macro_rules! say {
    ($ui:expr, $key:ident) => {
        ::leptos_i18n::td_string!($ui.locale, $key)
    };
}
pub(crate) use say;

/// Puts what belongs there in the place of `{x}`.
pub fn fill(text: &str, x: &str) -> String {
    text.replace("{x}", x)
}

/// The locale for the browser's language, such as `de-AT`.
pub fn locale_of(language: &str) -> Locale {
    if language.starts_with("de") {
        Locale::de
    } else {
        Locale::en
    }
}

/// A name as it is drawn by itself.
pub fn drawn(ui: Ui, name: &Name) -> String {
    if name.is_empty() {
        say!(ui, guest).to_owned()
    } else {
        name.as_str().to_owned()
    }
}

/// A name within a sentence: its direction of writing stays its own (U+2068, U+2069).
fn inside(ui: Ui, name: &Name) -> String {
    let name = drawn(ui, name);
    if name.is_ascii() {
        name
    } else {
        ["\u{2068}", &name, "\u{2069}"].concat()
    }
}

/// A sentence about a person.
pub fn about(ui: Ui, text: &str, name: &Name) -> String {
    fill(text, &inside(ui, name))
}

/// Who is in the call, as a sentence.
pub fn presence(ui: Ui, names: &[Name]) -> String {
    match names {
        [] => say!(ui, nobody_here).to_owned(),
        [one] => about(ui, say!(ui, one_here), one),
        [one, two] => about(ui, say!(ui, two_here), one).replace("{y}", &inside(ui, two)),
        [one, rest @ ..] => {
            about(ui, say!(ui, more_here), one).replace("{y}", &rest.len().to_string())
        }
    }
}

/// The line that says what is going on.
pub fn status(ui: Ui, status: &Status) -> String {
    let (text, name) = match status {
        Status::Quiet => ("", None),
        Status::AskingForDevices => (say!(ui, status_asking), None),
        Status::Ready => (say!(ui, status_ready), None),
        Status::Joining => (say!(ui, status_joining), None),
        Status::WaitingForCall => (say!(ui, status_waiting_for_call), None),
        Status::Full => (say!(ui, status_full), None),
        Status::WaitingForOthers => (say!(ui, status_waiting_for_others), None),
        Status::Connecting { name } => (say!(ui, status_connecting), Some(name)),
        Status::Connected => (say!(ui, status_connected), None),
        Status::Unstable { name } => (say!(ui, status_unstable), Some(name)),
        Status::Reconnecting { name } => (say!(ui, status_reconnecting), Some(name)),
        Status::TheyDropped { name } => (say!(ui, status_dropped), Some(name)),
        Status::CannotConnect { name } => (say!(ui, status_cannot_connect), Some(name)),
        Status::ServerLost => (say!(ui, status_server_lost), None),
        Status::Ended { reason } => (ended(ui, *reason), None),
    };
    match name {
        Some(name) => about(ui, text, name),
        None => text.to_owned(),
    }
}

/// Why the call ended.
pub fn ended(ui: Ui, reason: EndReason) -> &'static str {
    match reason {
        EndReason::Left => say!(ui, ended_left),
        EndReason::Removed => say!(ui, ended_removed),
        EndReason::Replaced => say!(ui, ended_replaced),
        EndReason::Lost => say!(ui, ended_lost),
    }
}

/// Why something did not work.
pub fn problem(ui: Ui, problem: Problem) -> String {
    match problem {
        Problem::NotACodeOrLink => say!(ui, problem_not_a_code),
        Problem::WrongCode => say!(ui, problem_wrong_code),
        Problem::TooManyTries { retry_after } => {
            let seconds = retry_after.as_secs().max(1).to_string();
            return fill(say!(ui, problem_too_many), &seconds);
        }
        Problem::Full => say!(ui, problem_full),
        Problem::Offline => say!(ui, problem_offline),
        Problem::ServerBusy => say!(ui, problem_busy),
        Problem::Refused => say!(ui, problem_refused),
    }
    .to_owned()
}

/// How well somebody is received, and why not better.
pub fn quality(ui: Ui, quality: Quality) -> String {
    let word = match quality.bars {
        0 => say!(ui, quality_unknown),
        1 => say!(ui, quality_bad),
        2 => say!(ui, quality_fair),
        _ => say!(ui, quality_good),
    };
    let reason = match quality.reason {
        None => return word.to_owned(),
        Some(QualityReason::Loss) => say!(ui, quality_loss),
        Some(QualityReason::RoundTrip) => say!(ui, quality_round_trip),
        Some(QualityReason::LowBitrate) => say!(ui, quality_bitrate),
        Some(QualityReason::Frozen) => say!(ui, quality_frozen),
    };
    [word, ". ", reason].concat()
}

/// A short message.
pub fn notice(ui: Ui, kind: &NoticeKind) -> String {
    use call::DeviceKind::{Camera, Microphone, Speaker};
    match kind {
        NoticeKind::Joined { name } => return about(ui, say!(ui, notice_joined), name),
        NoticeKind::Left { name } => return about(ui, say!(ui, notice_left), name),
        NoticeKind::RemovedByHost { name } => return about(ui, say!(ui, notice_removed), name),
        NoticeKind::Locked { locked: true } => say!(ui, notice_locked),
        NoticeKind::Locked { locked: false } => say!(ui, notice_unlocked),
        NoticeKind::MicrophoneFailed(error) => microphone_failed(ui, *error),
        NoticeKind::CameraFailed(error) => camera_failed(ui, *error),
        NoticeKind::ScreenFailed(_) => say!(ui, screen_failed),
        NoticeKind::DeviceSwitched { kind: Microphone } => say!(ui, microphone_switched),
        NoticeKind::DeviceSwitched { kind: Camera } => say!(ui, camera_switched),
        NoticeKind::DeviceSwitched { kind: Speaker } => say!(ui, speaker_switched),
        NoticeKind::DeviceGone { kind: Microphone } => say!(ui, microphone_gone),
        NoticeKind::DeviceGone { kind: Camera } => say!(ui, camera_gone),
        NoticeKind::DeviceGone { kind: Speaker } => say!(ui, speaker_gone),
        NoticeKind::ServerRestarting => say!(ui, notice_restarting),
        NoticeKind::Refused => say!(ui, notice_refused),
    }
    .to_owned()
}

/// Why there is no camera.
pub fn camera_failed(ui: Ui, error: MediaError) -> &'static str {
    match error {
        MediaError::Denied => say!(ui, camera_denied),
        MediaError::Missing | MediaError::Gone => say!(ui, camera_missing),
        MediaError::Busy => say!(ui, camera_busy),
        MediaError::Insecure => say!(ui, devices_insecure),
        MediaError::Other => say!(ui, camera_other),
    }
}

/// Why there is no microphone.
pub fn microphone_failed(ui: Ui, error: MediaError) -> &'static str {
    match error {
        MediaError::Denied => say!(ui, microphone_denied),
        MediaError::Missing | MediaError::Gone => say!(ui, microphone_missing),
        MediaError::Busy => say!(ui, microphone_busy),
        MediaError::Insecure => say!(ui, devices_insecure),
        MediaError::Other => say!(ui, microphone_other),
    }
}

/// A time that something took: `1:05` or `1:02:03`.
pub fn duration(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours == 0 {
        format!("{minutes}:{seconds:02}")
    } else {
        format!("{hours}:{minutes:02}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn texts(json: &str) -> BTreeMap<String, String> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn every_language_has_every_text_with_the_same_places_to_fill() {
        let english = texts(include_str!("../../locales/en.json"));
        let german = texts(include_str!("../../locales/de.json"));
        assert!(english.keys().eq(german.keys()));
        for (key, text) in &english {
            assert!(!text.is_empty() && !german[key].is_empty(), "{key}");
            for place in ["{x}", "{y}"] {
                assert_eq!(
                    text.matches(place).count(),
                    german[key].matches(place).count(),
                    "{key}"
                );
            }
        }
    }

    #[test]
    fn no_text_shouts() {
        for json in [
            include_str!("../../locales/en.json"),
            include_str!("../../locales/de.json"),
        ] {
            for (key, text) in texts(json) {
                assert!(!text.contains('!'), "{key}");
            }
        }
    }

    #[test]
    fn a_language_falls_back_to_english() {
        assert_eq!(locale_of("de-AT"), Locale::de);
        assert_eq!(locale_of("en-GB"), Locale::en);
        assert_eq!(locale_of("xx"), Locale::en);
    }

    #[test]
    fn a_duration_reads_like_a_clock() {
        assert_eq!(duration(0), "0:00");
        assert_eq!(duration(65), "1:05");
        assert_eq!(duration(3_723), "1:02:03");
    }
}
