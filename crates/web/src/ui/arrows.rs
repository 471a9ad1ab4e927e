//! Arrow keys that move the focus among the controls of a menu or a toolbar.

use web_sys::wasm_bindgen::JsCast;
use web_sys::{Element, Event, FocusEvent, HtmlElement, KeyboardEvent, Node};

use super::dom;
use super::el::El;

/// Moves the focus by an arrow key, Home or End. Returns false for any other key.
pub fn step(all: &[HtmlElement], key: &str) -> bool {
    let Some(last) = all.len().checked_sub(1) else {
        return false;
    };
    let focused = dom::document().active_element();
    let at = all
        .iter()
        .position(|one| focused.as_deref() == Some(one.as_ref()));
    let to = match key {
        "ArrowDown" | "ArrowRight" => at.map_or(0, |at| if at == last { 0 } else { at + 1 }),
        "ArrowUp" | "ArrowLeft" => at.map_or(last, |at| at.checked_sub(1).unwrap_or(last)),
        "Home" => 0,
        "End" => last,
        _ => return false,
    };
    if let Some(one) = all.get(to) {
        let _ = one.focus();
    }
    true
}

/// Makes a toolbar of a bar of buttons (WAI-ARIA Authoring Practices, toolbar pattern): the tab key
/// stops at one button, and arrow keys go on from there.
pub fn toolbar(bar: El) -> El {
    let bar = bar.attr("role", "toolbar");
    let element = bar.element();
    let (stepped, entered, left) = (element.clone(), element.clone(), element);
    bar.on("keydown", move |event| {
        let event: KeyboardEvent = event.unchecked_into();
        if !is_in_menu(&event) && step(&buttons(&stepped), &event.key()) {
            event.prevent_default();
        }
    })
    .on("focusin", move |event| {
        let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        if let Some(target) = target.filter(|_| !is_in_menu(&event)) {
            stop_at(&entered, &target);
        }
    })
    .on("focusout", move |event| {
        let to = event.unchecked_ref::<FocusEvent>().related_target();
        let to = to.and_then(|it| it.dyn_into::<Node>().ok());
        if !left.contains(to.as_ref()) {
            stop_at_first(&left);
        }
    })
    .mounted(|bar| stop_at_first(&bar))
}

/// The buttons of the bar that are seen, without those of a menu that is open in it.
fn buttons(bar: &HtmlElement) -> Vec<HtmlElement> {
    let mut all = dom::all(bar, "button:not(.pop *)");
    all.retain(|button| button.offset_width() > 0);
    all
}

fn is_in_menu(event: &Event) -> bool {
    let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
    target.is_some_and(|target| target.closest(".pop").ok().flatten().is_some())
}

fn stop_at(bar: &HtmlElement, stop: &Element) {
    for button in dom::all(bar, "button:not(.pop *)") {
        let is_stop = AsRef::<Element>::as_ref(&button) == stop;
        button.set_tab_index(if is_stop { 0 } else { -1 });
    }
}

fn stop_at_first(bar: &HtmlElement) {
    if let Some(first) = buttons(bar).first() {
        stop_at(bar, first);
    }
}
