//! The page's texts, from `locales/*.json`, in the language of the browser. The English texts are part
//! of the page. The texts of another language are a file that only browsers with that language load
//! (see `xtask/src/page.rs`).

use std::sync::OnceLock;

use call::{
    Bell, EndReason, MediaError, NoticeKind, Obstacle, Problem, Quality, QualityReason, Status,
    Waiting,
};
use protocol::{Name, Role, WrongOrigin};

use super::browser::Browser;

/// The English texts by their keys, as `build.rs` writes them.
#[expect(non_upper_case_globals, reason = "they are the keys of the locales")]
pub(crate) mod english {
    include!(concat!(env!("OUT_DIR"), "/english.rs"));
}

/// A text of the page by its key, to be said in the page's language.
macro_rules! say {
    ($key:ident) => {
        $crate::ui::words::Say::english($crate::ui::words::english::$key)
    };
}
pub(crate) use say;

/// A text of the page, known by what it is in English. It is translated only where it is drawn, so
/// that all else handles what is known when the page is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Say(&'static str);

impl Say {
    pub const NOTHING: Self = Self("");

    pub const fn english(text: &'static str) -> Self {
        Self(text)
    }

    /// The text in English, by which it is known.
    pub fn english_text(self) -> &'static str {
        self.0
    }

    /// The text in the page's language.
    pub fn text(self) -> &'static str {
        let mut texts = WORDS.get().into_iter().flat_map(|words| &words.texts);
        let found = texts.find(|(english, _)| *english == self.0);
        found.map_or(self.0, |(_, text)| text)
    }

    pub fn said(self) -> String {
        self.text().to_owned()
    }
}

/// The page's language, if it is not English.
static WORDS: OnceLock<Words> = OnceLock::new();

/// All texts in one language.
#[derive(Debug)]
struct Words {
    /// The code of the language, such as `de`.
    language: String,
    /// English texts, each with the same in this language.
    texts: Vec<(&'static str, &'static str)>,
}

/// Speaks the browser's language, such as `de-AT`, with the words that were loaded for it. Texts
/// stand in lines, each below the English one.
pub fn speak(language: &str, loaded: String) {
    // They stay for as long as the page does.
    let mut lines = loaded.leak().split('\n');
    let mut texts = Vec::new();
    while let (Some(english), Some(text)) = (lines.next(), lines.next()) {
        texts.push((english, text));
    }
    let language = language.split('-').next().unwrap_or_default().to_owned();
    // There is one page, which does this once.
    let _ = WORDS.set(Words { language, texts });
}

/// The code of the language that the page speaks.
pub fn language() -> &'static str {
    WORDS.get().map_or("en", |words| &words.language)
}

/// Puts what belongs there in the place of `{x}`.
pub fn fill(text: Say, x: &str) -> String {
    fill_both(text, x, "")
}

/// The same for a text that has a `{y}` too. What is put there is drawn as it is, whatever it holds.
fn fill_both(text: Say, x: &str, y: &str) -> String {
    let mut filled = String::new();
    let pieces = text.text().split(['{', '}']);
    for piece in pieces {
        filled.push_str(match piece {
            "x" => x,
            "y" => y,
            _ => piece,
        });
    }
    filled
}

/// A name as it is drawn by itself.
pub fn drawn(name: &Name) -> String {
    if name.is_empty() {
        say!(guest).said()
    } else {
        name.as_str().to_owned()
    }
}

/// The marks around a name within a sentence, which keep its own direction of writing. No name
/// contains them ([`Name::clean`]).
pub const NAME_BEGINS: char = '\u{2068}';
pub const NAME_ENDS: char = '\u{2069}';

/// A name with the marks that it has within a sentence.
pub fn inside(name: &Name) -> String {
    marked(&drawn(name))
}

/// A text of somebody else with the marks that a name has within a sentence.
fn marked(text: &str) -> String {
    let mut marked = String::from(NAME_BEGINS);
    marked.push_str(text);
    marked.push(NAME_ENDS);
    marked
}

/// A sentence for a place that the page does not draw itself, such as its title. The marks around
/// names are taken out of a sentence of ASCII letters, which needs none.
pub fn unmarked(text: String) -> String {
    let is_mark = |c| c == NAME_BEGINS || c == NAME_ENDS;
    if text.chars().all(|c| c.is_ascii() || is_mark(c)) {
        text.replace(is_mark, "")
    } else {
        text
    }
}

/// A sentence about a person.
pub fn about(text: Say, name: &Name) -> String {
    fill(text, &inside(name))
}

/// Who is in the call, as a sentence.
pub fn presence(names: &[Name]) -> String {
    match names {
        [] => say!(nobody_here).said(),
        [one] => about(say!(one_here), one),
        [one, two] => fill_both(say!(two_here), &inside(one), &inside(two)),
        [one, rest @ ..] => fill_both(say!(more_here), &inside(one), &rest.len().to_string()),
    }
}

/// The heading of a call.
pub fn call_with(names: &[Name]) -> String {
    match names {
        [] => say!(call).said(),
        [one] => about(say!(call_with_one), one),
        [one, two] => fill_both(say!(call_with_two), &inside(one), &inside(two)),
        [one, rest @ ..] => fill_both(say!(call_with_more), &inside(one), &rest.len().to_string()),
    }
}

/// The line that says what is going on.
pub fn status(status: &Status) -> String {
    let (text, name) = match status {
        Status::Quiet => return String::new(),
        Status::AskingForDevices => (say!(status_asking), None),
        Status::Ready => (say!(status_ready), None),
        Status::Joining => (say!(status_joining), None),
        Status::WaitingForCall => (say!(status_waiting_for_call), None),
        Status::Full => (say!(status_full), None),
        Status::WaitingForOthers => (say!(status_waiting_for_others), None),
        Status::Connecting { name } => (say!(status_connecting), Some(name)),
        Status::Connected => (say!(status_connected), None),
        Status::Unstable { name } => (say!(status_unstable), Some(name)),
        Status::Reconnecting { name } => (say!(status_reconnecting), Some(name)),
        Status::TheyDropped { name } => (say!(status_dropped), Some(name)),
        Status::NoUdp => (say!(no_udp), None),
        Status::NothingComes { name } => (say!(status_nothing_comes), Some(name)),
        Status::CannotConnect { name } => (say!(status_cannot_connect), Some(name)),
        Status::ServerLost => (say!(status_server_lost), None),
        Status::Blocked(obstacle) => return blocked(*obstacle),
        Status::Ended { reason } => (ended(*reason), None),
    };
    match name {
        Some(name) => about(text, name),
        None => text.said(),
    }
}

/// What has happened in the background, for the title of the page.
pub fn bell(bell: &Bell) -> String {
    match bell {
        Bell::LetIn => say!(let_in).said(),
        Bell::Came { name } => about(say!(notice_joined), name),
        Bell::Wrote { name } => about(say!(bell_wrote), name),
        Bell::Waiting => say!(somebody_waits).said(),
    }
}

/// Why the call ended.
pub fn ended(reason: EndReason) -> Say {
    match reason {
        EndReason::Left => say!(ended_left),
        EndReason::Removed => say!(ended_removed),
        EndReason::Replaced => say!(ended_replaced),
        EndReason::Lost => say!(ended_lost),
    }
}

/// Why something did not work.
pub fn problem(problem: Problem) -> String {
    let firefox = matches!(
        super::browser::this(),
        Browser::Firefox | Browser::FirefoxAndroid
    );
    match problem {
        Problem::WebRtcOff if firefox => say!(web_rtc_off_firefox),
        Problem::WebRtcOff => say!(web_rtc_off),
        Problem::WebRtcConfined if firefox => say!(web_rtc_confined_firefox),
        Problem::WebRtcConfined => say!(web_rtc_confined),
        Problem::NothingTyped => say!(problem_nothing_typed),
        Problem::NotACodeOrLink => say!(problem_not_a_code),
        Problem::CodeLength { digits } => {
            return fill(say!(problem_code_length), &digits.to_string());
        }
        Problem::BrokenLink => say!(problem_broken_link),
        Problem::Elsewhere => say!(problem_elsewhere),
        Problem::WrongCode => say!(problem_wrong_code),
        Problem::TooManyTries { retry_after } => {
            let seconds = retry_after.as_secs().max(1).to_string();
            return fill(say!(problem_too_many), &seconds);
        }
        Problem::Offline => say!(problem_offline),
        Problem::Blocked(obstacle) => return blocked(obstacle),
        Problem::NoUdp => say!(no_udp),
        Problem::ServerBusy => say!(problem_busy),
        Problem::Removed => say!(problem_removed),
        Problem::Refused => say!(problem_refused),
    }
    .said()
}

/// What stands between the page and its server, and what its operator is to do about it.
fn blocked(obstacle: Obstacle) -> String {
    match obstacle {
        Obstacle::Login => say!(blocked_login).said(),
        Obstacle::NotPassedOn { status } => fill(say!(blocked_status), &status.to_string()),
        Obstacle::WrongOrigin(why) => match why {
            WrongOrigin::UnknownProxy => say!(blocked_unknown_proxy),
            WrongOrigin::ProxyHost | WrongOrigin::ProxyPort => say!(blocked_host),
            WrongOrigin::ProxyScheme => say!(blocked_scheme),
            WrongOrigin::OtherSite | WrongOrigin::NoOrigin => say!(blocked_origin),
        }
        .said(),
    }
}

/// What joining waits for.
pub fn waiting(waiting: Waiting) -> Say {
    match waiting {
        Waiting::Call => say!(waiting_call),
        Waiting::Room => say!(waiting_room),
        Waiting::Server => say!(waiting_server),
    }
}

/// How well somebody is received, and why not better.
pub fn quality(quality: Quality) -> String {
    let word = match quality.bars {
        0 => say!(quality_unknown),
        1 => say!(quality_bad),
        2 => say!(quality_fair),
        _ => say!(quality_good),
    };
    let reason = match quality.reason {
        None => return word.said(),
        Some(QualityReason::Loss) => say!(quality_loss),
        Some(QualityReason::RoundTrip) => say!(quality_round_trip),
        Some(QualityReason::LowBitrate) => say!(quality_bitrate),
        Some(QualityReason::Frozen) => say!(quality_frozen),
    };
    [word.text(), ". ", reason.text()].concat()
}

/// A short message.
pub fn notice(kind: &NoticeKind) -> String {
    use call::DeviceKind::{Camera, Microphone, Speaker};
    match kind {
        NoticeKind::Joined { name } => return about(say!(notice_joined), name),
        NoticeKind::Left { name } => return about(say!(notice_left), name),
        NoticeKind::RemovedByHost { name } => return about(say!(notice_removed), name),
        NoticeKind::Locked { locked: true } => say!(notice_locked),
        NoticeKind::Locked { locked: false } => say!(notice_unlocked),
        NoticeKind::Waiting { count: 0 | 1 } => say!(notice_waiting),
        NoticeKind::Waiting { count } => {
            return fill(say!(notice_many_waiting), &count.to_string());
        }
        NoticeKind::Role { name, role } => {
            let text = match role {
                Role::Host => say!(notice_host),
                Role::Guest => say!(notice_guest),
            };
            return about(text, name);
        }
        NoticeKind::OwnRole { role: Role::Host } => say!(notice_you_host),
        NoticeKind::OwnRole { role: Role::Guest } => say!(notice_you_guest),
        NoticeKind::MicrophoneFailed(error) => microphone_failed(*error),
        NoticeKind::CameraFailed(error) => camera_failed(*error),
        NoticeKind::ScreenFailed(_) => say!(screen_failed),
        NoticeKind::DeviceSwitched { kind: Microphone } => say!(microphone_switched),
        NoticeKind::DeviceSwitched { kind: Camera } => say!(camera_switched),
        NoticeKind::DeviceSwitched { kind: Speaker } => say!(speaker_switched),
        NoticeKind::DeviceGone { kind: Microphone } => say!(microphone_gone),
        NoticeKind::DeviceGone { kind: Camera } => say!(camera_gone),
        NoticeKind::DeviceGone { kind: Speaker } => say!(speaker_gone),
        NoticeKind::DeviceFound(found) => return fill(say!(device_found), &found.label),
        NoticeKind::OtherCamera { label } => return fill(say!(other_camera), label),
        NoticeKind::DeviceSilenced { kind: Microphone } => say!(microphone_silenced),
        NoticeKind::DeviceSilenced { .. } => say!(camera_silenced),
        NoticeKind::Chat { name, beginning } => {
            return fill_both(say!(notice_chat), &inside(name), &marked(beginning));
        }
        NoticeKind::ServerRestarting => say!(notice_restarting),
        NoticeKind::Refused => say!(notice_refused),
    }
    .said()
}

/// Why there is no camera.
pub fn camera_failed(error: MediaError) -> Say {
    match error {
        MediaError::Denied => say!(camera_denied),
        MediaError::Forbidden => say!(camera_forbidden),
        MediaError::Missing | MediaError::Gone => say!(camera_missing),
        MediaError::Busy => say!(camera_busy),
        MediaError::Insecure => say!(devices_insecure),
        MediaError::Other => say!(camera_other),
    }
}

/// Why there is no microphone.
pub fn microphone_failed(error: MediaError) -> Say {
    match error {
        MediaError::Denied => say!(microphone_denied),
        MediaError::Forbidden => say!(microphone_forbidden),
        MediaError::Missing | MediaError::Gone => say!(microphone_missing),
        MediaError::Busy => say!(microphone_busy),
        MediaError::Insecure => say!(devices_insecure),
        MediaError::Other => say!(microphone_other),
    }
}

/// A time that something took: `1:05` or `1:02:03`.
pub fn duration(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours == 0 {
        [&*minutes.to_string(), ":", &two(seconds)].concat()
    } else {
        [&*hours.to_string(), ":", &two(minutes), ":", &two(seconds)].concat()
    }
}

/// Two digits.
fn two(number: u64) -> String {
    [(number / 10).to_string(), (number % 10).to_string()].concat()
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
            for text in [text, &german[key]] {
                assert!(!text.is_empty() && !text.contains('\n'), "{key}");
            }
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
    fn what_is_the_same_in_english_is_the_same_in_another_language() {
        let german = texts(include_str!("../../locales/de.json"));
        let mut found = BTreeMap::new();
        for (key, english) in texts(include_str!("../../locales/en.json")) {
            let first = found.entry(english).or_insert_with(|| german[&key].clone());
            assert_eq!(*first, german[&key], "{key}");
        }
    }

    #[test]
    fn what_was_loaded_is_said_and_the_rest_in_english() {
        assert_eq!(language(), "en");
        assert_eq!(say!(leave).text(), "Leave");
        speak("de-AT", "Leave\nAuflegen\nYou\nDu".to_owned());
        assert_eq!(language(), "de");
        assert_eq!(say!(you).said(), "Du");
        assert_eq!(say!(join).text(), "Join");
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
    fn a_name_is_drawn_as_it_is() {
        let names = [Name::clean("{y}"), Name::clean("{x} x")];
        assert_eq!(unmarked(presence(&names)), "{y} and {x} x are here");
    }

    #[test]
    fn a_name_in_a_sentence_is_marked() {
        let name = |name| presence(&[Name::clean(name)]);
        assert_eq!(name("Ada"), "\u{2068}Ada\u{2069} is here");
        assert_eq!(unmarked(name("Ada")), "Ada is here");
        let arabic = name("مرحبا");
        assert_eq!(unmarked(arabic.clone()), arabic);
    }

    #[test]
    fn a_duration_reads_like_a_clock() {
        assert_eq!(duration(0), "0:00");
        assert_eq!(duration(65), "1:05");
        assert_eq!(duration(3_723), "1:02:03");
    }
}
