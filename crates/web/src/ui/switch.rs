//! A switch of the settings.

use web_sys::HtmlInputElement;
use web_sys::wasm_bindgen::JsCast;

use super::el::{El, el};
use super::words::Say;

/// A switch, and a sentence that says what it does.
pub fn switch(
    label: Say,
    why: Say,
    on: impl Fn() -> bool + 'static,
    set: impl Fn(bool) + 'static,
) -> El {
    let described = why != Say::NOTHING;
    // No screen has two switches with the same label, so each has an id of its own.
    let id = ["why-", &label.english_text().replace(' ', "-")].concat();
    let mut input = el("input", "")
        .attr("type", "checkbox")
        .attr("role", "switch")
        .prop_with("checked", on)
        .on("change", move |event| {
            if let Some(input) = event.target() {
                set(input.unchecked_into::<HtmlInputElement>().checked());
            }
        });
    if described {
        input = input.attr("aria-describedby", &id);
    }
    let switch = el("label", "switch")
        .child(input)
        .child(el("span", "").say(label));
    let mut whole = el("div", "").child(switch);
    if described {
        whole = whole.child(el("p", "muted").attr("id", &id).say(why));
    }
    whole
}
