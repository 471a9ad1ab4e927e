//! A menu that opens beside its button. The rest of the page stays in sight.

use std::rc::Rc;

use web_sys::wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent, Node};

use super::arrows;
use super::dom::{self, Phase, number, set_style};
use super::el::{El, at_end, button, el};
use super::icons::{Icon, icon};
use super::live::Live;
use super::words::Say;

/// What a menu offers.
pub enum Item {
    /// Something to do.
    Do {
        picture: Icon,
        label: String,
        run: Box<dyn Fn()>,
    },
    /// One of several.
    Choice {
        label: String,
        chosen: bool,
        run: Box<dyn Fn()>,
    },
    /// A title for the choices below it.
    Title(Say),
}

/// The space between a menu and its button, and between a menu and the edge of the page, in CSS
/// pixels.
const GAP: f64 = 8.0;
/// On a page lower than this, menus stand beside their button instead of above it.
const LOW: f64 = 480.0;

/// A button with a menu. The items are asked for when it is opened.
pub fn with_menu(opener: El, items: impl Fn() -> Vec<Item> + 'static) -> El {
    let open = Live::new(false);
    let button = opener.element();
    let label = button.get_attribute("aria-label").unwrap_or_default();
    let opener = opener
        .attr("aria-haspopup", "menu")
        .attr_with("aria-expanded", move || open.get().to_string())
        .class_if("open", move || open.get())
        .on("click", move |_| open.update(|open| *open = !*open));
    el("div", "menu-place").child(opener).when(
        move || open.get(),
        move || popover(open, &button, &label, items()),
    )
}

/// Closes the menu that is open. Returns false if there is none.
pub fn close_any() -> bool {
    let there = dom::find::<HtmlElement>(".pop").is_some();
    if there && let Ok(elsewhere) = Event::new("pointerdown") {
        // A press anywhere outside of a menu closes it.
        let _ = dom::window().dispatch_event(&elsewhere);
    }
    there
}

/// Focuses the menu button of the row in a list in which `press` happened.
pub fn focus_in_row(press: &Event) {
    let pressed = press.target().and_then(|it| it.dyn_into::<Element>().ok());
    let row = pressed.and_then(|it| it.closest("li").ok().flatten());
    let opener = row.and_then(|row| row.query_selector("[aria-haspopup]").ok().flatten());
    if let Some(opener) = opener.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
        let _ = opener.focus();
    }
}

fn popover(open: Live<bool>, opener: &HtmlElement, label: &str, items: Vec<Item>) -> El {
    let back = opener.clone();
    let close: Rc<dyn Fn()> = Rc::new(move || {
        // The button gets the focus before the menu is removed, or the focus would be lost.
        let _ = back.focus();
        open.set(false);
    });
    let mut pop = el("div", "pop")
        .attr("role", "menu")
        .attr("aria-label", label)
        // A popover is drawn in the top layer, where nothing cuts it off.
        .attr("popover", "manual");
    for item in items {
        pop = pop.child(drawn(item, &close));
    }
    let element = pop.element();
    let (inside, beside) = (element.clone(), opener.clone());
    let outside = dom::hear("pointerdown", Phase::Capture, move |event| {
        let target = event.target().and_then(|it| it.dyn_into::<Node>().ok());
        let is_in = |part: &HtmlElement| part.contains(target.as_ref());
        if !is_in(&inside) && !is_in(&beside) {
            open.set(false);
        }
    });
    let resized = dom::hear("resize", Phase::Bubble, move |_| open.set(false));
    at_end(move || drop((outside, resized)));
    let opener = opener.clone();
    pop.on("keydown", move |event| {
        let event: KeyboardEvent = event.unchecked_into();
        match &*event.key() {
            "Escape" => {
                event.prevent_default();
                close();
            }
            // The browser then moves the focus on from the button.
            "Tab" => close(),
            key => {
                if arrows::step(&dom::all(&element, ITEMS), key) {
                    event.prevent_default();
                }
            }
        }
    })
    .mounted(move |pop| {
        // In a browser without popovers the menu is placed all the same.
        dom::call_method(&pop, "showPopover", []);
        place(&pop, &opener);
        let chosen = dom::all(&pop, "[aria-checked=true]").into_iter().next();
        let first = chosen.or_else(|| dom::all(&pop, ITEMS).into_iter().next());
        if let Some(first) = first {
            let _ = first.focus();
        }
    })
}

const ITEMS: &str = "button";

fn drawn(item: Item, close: &Rc<dyn Fn()>) -> El {
    let pressed = |run: Box<dyn Fn()>| {
        let close = Rc::clone(close);
        move || {
            close();
            run();
        }
    };
    match item {
        Item::Do {
            picture,
            label,
            run,
        } => button("item", pressed(run))
            .attr("role", "menuitem")
            .child(icon(picture))
            .child(el("span", "").text(&label)),
        Item::Choice { label, chosen, run } => button("item choice", pressed(run))
            .attr("role", "menuitemradio")
            .attr("aria-checked", if chosen { "true" } else { "false" })
            .child(el("span", "").attr("translate", "no").text(&label)),
        Item::Title(label) => el("p", "muted").attr("role", "presentation").say(label),
    }
    .attr("tabindex", "-1")
}

/// Puts the menu above or below its button, or beside it where the page is low.
fn place(pop: &HtmlElement, opener: &HtmlElement) {
    let at = opener.get_bounding_client_rect();
    let (page_width, page_height) = dom::window_size();
    let pixels = |value: f64| [&number(value), "px"].concat();
    let fit = |start: f64, length: f64, room: f64| start.min(room - length - GAP).max(GAP);
    let beside = page_height < LOW && page_width > page_height;
    let room = if beside {
        page_height - 2.0 * GAP
    } else {
        at.top().max(page_height - at.bottom()) - 2.0 * GAP
    };
    set_style(pop, "max-height", &pixels(room));
    let size = pop.get_bounding_client_rect();
    let (width, height) = (size.width(), size.height());
    let (left, top) = if beside {
        let left = at.left() - width - GAP;
        let left = if left < GAP { at.right() + GAP } else { left };
        (left, at.bottom() - height)
    } else {
        let below = at.top() < page_height - at.bottom();
        let top = if below {
            at.bottom() + GAP
        } else {
            at.top() - GAP - height
        };
        ((at.left() + at.right() - width) / 2.0, top)
    };
    set_style(pop, "left", &pixels(fit(left, width, page_width)));
    set_style(pop, "top", &pixels(fit(top, height, page_height)));
}
