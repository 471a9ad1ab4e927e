//! What is needed less often.

use call::Command;
use web_sys::{Element, HtmlElement};

use super::dom;
use super::dom::document;
use super::icons::{self, Icon};
use super::menu::Item;
use super::page::Ui;
use super::panel::Panel;
use super::words::{Say, say};

pub fn items(ui: Ui) -> Vec<Item> {
    let mut items = vec![item(icons::SETTINGS, say!(settings), move || {
        ui.panel.set(Some(Panel::Settings));
    })];
    let on = !ui.peek(|view| view.me.only_sound);
    let label = if on {
        say!(only_sound)
    } else {
        say!(only_sound_end)
    };
    items.push(item(icons::SPEAKER, label, move || {
        ui.command(Command::SetOnlySound { on });
    }));
    // Where the bar has no place for the button.
    let share = dom::find::<HtmlElement>(".bar .share");
    if share.is_some_and(|button| button.offset_width() == 0) {
        let on = ui.peek(|view| view.me.media.screen);
        let label = if on {
            say!(stop_sharing)
        } else {
            say!(share_screen)
        };
        items.push(item(icons::SCREEN, label, move || {
            ui.command(Command::SetScreen { on: !on });
        }));
    }
    let page = document();
    if page.fullscreen_enabled() {
        let on = page.fullscreen_element().is_some();
        let label = if on {
            say!(leave_full_screen)
        } else {
            say!(full_screen)
        };
        items.push(item(icons::FULL_SCREEN, label, move || full_screen(!on)));
    }
    let video = dom::find::<Element>(".tile.pictured:not(.own) video");
    if dom::property(&document(), "pictureInPictureElement").is_object() {
        let label = say!(leave_picture_in_picture);
        items.push(item(icons::PICTURE, label, || {
            dom::call_method(&document(), "exitPictureInPicture", []);
        }));
    } else if let Some(video) = video.filter(|_| can_take_out()) {
        items.push(item(icons::PICTURE, say!(picture_in_picture), move || {
            dom::call_method(&video, "requestPictureInPicture", []);
        }));
    }
    items.push(item(icons::KEYBOARD, say!(shortcuts), move || {
        ui.panel.set(Some(Panel::Shortcuts));
    }));
    items
}

fn item(picture: Icon, label: Say, run: impl Fn() + 'static) -> Item {
    Item::Do {
        picture,
        label: label.said(),
        run: Box::new(run),
    }
}

/// Fills the screen with the page, or no longer.
fn full_screen(on: bool) {
    if on {
        if let Some(root) = document().document_element() {
            dom::call_method(&root, "requestFullscreen", []);
        }
    } else {
        dom::call_method(&document(), "exitFullscreen", []);
    }
}

fn can_take_out() -> bool {
    dom::property(&document(), "pictureInPictureEnabled").is_truthy()
}
