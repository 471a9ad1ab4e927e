//! What the browser shows of the page in its tab: title and icon. They tell what has happened while
//! nobody looked at the page.

use super::dom::{self, document};
use super::el::follow;
use super::page::{Place, Ui, place};
use super::words;

/// Keeps title and icon as the view says, for as long as the page lasts.
pub fn follow_bell(ui: Ui) {
    let plain = dom::page_icon();
    let marked = dom::marked_icon();
    follow(Box::new(move || {
        let text = ui.read(|view| match &view.bell {
            Some(bell) => words::bell(bell),
            None => words::status(&view.status),
        });
        let rings = ui.read(|view| view.bell.is_some());
        let title = if rings || ui.read(place) == Place::Call && !text.is_empty() {
            [&words::unmarked(text), " – Crabcall"].concat()
        } else {
            "Crabcall".to_owned()
        };
        if document().title() != title {
            document().set_title(&title);
        }
        dom::set_page_icon(if rings { &marked } else { &plain });
    }));
}
