//! The line that says what is going on, and a line that only screen readers say.

use call::Status;
use protocol::Media;

use super::el::{El, el, follow};
use super::live::Live;
use super::page::{Place, Ui, place};
use super::words::{self, say};

/// The line that says what is going on. It is always there, so that screen readers hear it change.
/// It is seen only when it says something that is not plainly fine.
pub fn line(ui: Ui) -> El {
    let fine = move || {
        ui.read(|view| {
            let quiet = matches!(
                view.status,
                Status::Quiet | Status::Ready | Status::Connected
            );
            quiet || place(view) == Place::Ended
        })
    };
    el("div", "status")
        .attr("role", "status")
        .class_if("fine", fine)
        .text_with(move || ui.read(|view| words::status(&view.status)))
}

/// Says to screen readers that microphone, camera or screen went on or off. After a shortcut, no
/// button with the focus would say so.
pub fn aloud(ui: Ui) -> El {
    let said = Live::new(String::new());
    let mut before = None;
    follow(Box::new(move || {
        let now = ui.read(|view| (place(view), view.me.media));
        if let Some((place, media)) = before.replace(now)
            && place == now.0
            && media != now.1
        {
            said.set(changed(media, now.1));
        }
    }));
    el("div", "sr")
        .attr("role", "status")
        .text_with(move || said.get())
}

fn changed(before: Media, now: Media) -> String {
    let texts = [
        (
            before.microphone,
            now.microphone,
            [say!(microphone_on), say!(is_muted)],
        ),
        (before.camera, now.camera, [say!(camera_on), say!(is_dark)]),
        (
            before.screen,
            now.screen,
            [say!(you_share), say!(you_no_longer_share)],
        ),
    ];
    let changed = texts.into_iter().filter(|(before, now, _)| before != now);
    let said = changed.map(|(_, now, [on, off])| if now { on } else { off }.text());
    said.collect::<Vec<_>>().join(". ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_said() {
        let off = Media::default();
        let microphone = Media {
            microphone: true,
            ..off
        };
        assert_eq!(changed(off, microphone), "Microphone on");
        assert_eq!(changed(microphone, off), "Microphone off");
        let both = Media {
            camera: true,
            ..microphone
        };
        assert_eq!(changed(off, both), "Microphone on. Camera on");
        assert_eq!(changed(off, off), "");
    }
}
