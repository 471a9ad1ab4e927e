//! What is needed less often.

use web_sys::Element;

use super::dom::document;
use super::el::{El, button, el};
use super::icons::{self, Icon, icon};
use super::panel::Panel;
use super::words::{Say, say};
use super::{Ui, dom};

pub fn content(ui: Ui) -> El {
    let mut list = el("div", "menu").child(item(icons::SETTINGS, say!(settings), move || {
        ui.panel.set(Some(Panel::Settings));
    }));
    let page = document();
    if page.fullscreen_enabled() {
        let on = page.fullscreen_element().is_some();
        let label = if on {
            say!(leave_full_screen)
        } else {
            say!(full_screen)
        };
        list = list.child(item(icons::FULL_SCREEN, label, move || {
            ui.panel.set(None);
            full_screen(!on);
        }));
    }
    let video = dom::find::<Element>(".tile.pictured:not(.own) video");
    if dom::property(&document(), "pictureInPictureElement").is_object() {
        list = list.child(item(
            icons::PICTURE,
            say!(leave_picture_in_picture),
            move || {
                ui.panel.set(None);
                dom::call_method(&document(), "exitPictureInPicture", &[]);
            },
        ));
    } else if let Some(video) = video.filter(|_| can_take_out()) {
        list = list.child(item(icons::PICTURE, say!(picture_in_picture), move || {
            ui.panel.set(None);
            dom::call_method(&video, "requestPictureInPicture", &[]);
        }));
    }
    list.child(item(icons::KEYBOARD, say!(shortcuts), move || {
        ui.panel.set(Some(Panel::Shortcuts));
    }))
}

fn item(picture: Icon, label: Say, run: impl Fn() + 'static) -> El {
    button("item", run).child(icon(picture)).say(label)
}

/// Fills the screen with the page, or no longer.
pub fn full_screen(on: bool) {
    if on {
        if let Some(root) = document().document_element() {
            dom::call_method(&root, "requestFullscreen", &[]);
        }
    } else {
        dom::call_method(&document(), "exitFullscreen", &[]);
    }
}

fn can_take_out() -> bool {
    dom::property(&document(), "pictureInPictureEnabled").is_truthy()
}
