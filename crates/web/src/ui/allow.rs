//! How to allow camera and microphone in this very browser, with a drawing of where to click.

use call::{Command, MediaAccess, MediaError};

use super::browser::{self, Browser};
use super::dom;
use super::el::{El, button, el, svg};
use super::icons::{self, icon};
use super::page::Ui;
use super::words::{self, Say, say};

/// Why there is no picture, and what can be done: in the place of the own picture.
pub fn help(ui: Ui) -> El {
    let access = |view: &call::View| (view.me.camera, view.me.microphone);
    el("div", "allow").part(
        move || {
            let (camera, microphone) = ui.read(access);
            number(camera) * 8 + number(microphone)
        },
        move |_| Some(explain(ui, ui.peek(access))),
    )
}

/// Another number for everything that is explained differently.
fn number(access: MediaAccess) -> usize {
    match access {
        MediaAccess::Failed(error) => error as usize + 1,
        _ => 0,
    }
}

/// Whether there is something to explain.
pub fn needed(view: &call::View) -> bool {
    matches!(view.me.camera, MediaAccess::Failed(_))
        || matches!(
            view.me.microphone,
            MediaAccess::Failed(MediaError::Denied | MediaError::Forbidden)
        )
}

fn explain(ui: Ui, (camera, microphone): (MediaAccess, MediaAccess)) -> El {
    let error = |access| match access {
        MediaAccess::Failed(error) => Some(error),
        _ => None,
    };
    let title = match (error(camera), error(microphone)) {
        (Some(MediaError::Denied), Some(MediaError::Denied)) => say!(both_denied),
        (Some(error), _) => words::camera_failed(error),
        (None, Some(error)) => words::microphone_failed(error),
        (None, None) => Say::NOTHING,
    };
    let denied = [camera, microphone].contains(&MediaAccess::Failed(MediaError::Denied));
    let mut help = el("div", "").child(el("h2", "").say(title));
    if denied {
        let browser = browser::this();
        let mut steps = el("ol", "");
        for step in steps_of(browser) {
            steps = steps.child(el("li", "").say(step));
        }
        help = help.child(drawing(browser)).child(steps);
    }
    help.child(button("", move || ui.command(Command::RetryMedia)).say(say!(try_again)))
}

fn steps_of(browser: Browser) -> [Say; 3] {
    let again = say!(allow_again);
    match browser {
        Browser::Chromium => [say!(allow_chromium_1), say!(allow_chromium_2), again],
        Browser::Firefox => [say!(allow_firefox_1), say!(allow_firefox_2), again],
        Browser::Safari => [say!(allow_safari_1), say!(allow_safari_2), again],
        Browser::Ios => [say!(allow_ios_1), say!(allow_ios_2), again],
        Browser::Android => [say!(allow_android_1), say!(allow_android_2), again],
        Browser::FirefoxAndroid => [
            say!(allow_firefox_android_1),
            say!(allow_firefox_android_2),
            again,
        ],
    }
}

/// A window with its address bar, and a ring around where to click.
fn drawing(browser: Browser) -> El {
    // On phones the bar is at the bottom or narrow; on a Mac the menu is above the window.
    let (frame, bar, at, sign) = match browser {
        Browser::Chromium => (WINDOW, BAR, (52.0, 23.0), icons::SETTINGS),
        Browser::Firefox => (WINDOW, BAR, (66.0, 23.0), icons::CAMERA_OFF),
        Browser::Safari => (
            WINDOW,
            "M70 15h100a8 8 0 0 1 0 16h-100a8 8 0 0 1 0-16z",
            (30.0, 23.0),
            "M4 8h16M4 16h16",
        ),
        Browser::Ios => (
            PHONE,
            "M82 86h76a6 6 0 0 1 0 12h-76a6 6 0 0 1 0-12z",
            (86.0, 92.0),
            "M4 8h16M4 13h16M4 18h9",
        ),
        Browser::Android => (PHONE, PHONE_BAR, (86.0, 22.0), icons::SETTINGS),
        Browser::FirefoxAndroid => (PHONE, PHONE_BAR, (86.0, 22.0), icons::LOCK),
    };
    let (x, y) = at;
    let place = [
        "translate(",
        &dom::number(x - 7.0),
        " ",
        &dom::number(y - 7.0),
        ") scale(.58)",
    ]
    .concat();
    let thin = |d| svg("path", "thin").attr("d", d);
    let sign = svg("g", "")
        .attr("transform", &place)
        .child(svg("path", "").attr("d", sign));
    let ring = svg("circle", "ring")
        .attr("cx", &dom::number(x))
        .attr("cy", &dom::number(y))
        .attr("r", "13");
    let picture = svg("svg", "")
        .attr("viewBox", "0 0 240 110")
        .attr("aria-hidden", "true")
        .child(thin(frame))
        .child(thin(bar))
        .child(sign)
        .child(ring);
    el("div", "drawing").child(picture)
}

const WINDOW: &str = "M14 4h212a10 10 0 0 1 10 10v98M4 112v-98a10 10 0 0 1 10-10M4 40h232";
const BAR: &str = "M52 14h140a9 9 0 0 1 0 18h-140a9 9 0 0 1 0-18zM16 23h.1M25 23h.1M34 23h.1";
const PHONE: &str =
    "M80 4h80a10 10 0 0 1 10 10v84a10 10 0 0 1-10 10h-80a10 10 0 0 1-10-10v-84a10 10 0 0 1 10-10z";
const PHONE_BAR: &str = "M84 14h72a8 8 0 0 1 0 16h-72a8 8 0 0 1 0-16z";

/// What stands beside "Join now" when there is no camera: nobody is kept out.
pub fn join_anyway(ui: Ui) -> El {
    button("wide", move || {
        super::devices::take_name(ui);
        ui.command(Command::Join);
    })
    .child(icon(icons::CAMERA_OFF))
    .say(say!(join_without_camera))
}
