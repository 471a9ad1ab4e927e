//! How elements are made and kept up to date: straight in the document, by Leptos's signals.
//!
//! Leptos's own views make a type, and so code, of every element, attribute and closure; that was
//! two thirds of the page, and the page is sent to every visitor. Here all elements are one type,
//! all that follows signals is one boxed effect, and nothing is ever made from a string of HTML,
//! as Trusted Types demand.

use std::cell::RefCell;

use browser::js;
use reactive_graph::effect::RenderEffect;
use reactive_graph::graph::untrack;
use reactive_graph::owner::{Owner, on_cleanup};
use web_sys::wasm_bindgen::JsCast;
use web_sys::wasm_bindgen::prelude::Closure;
use web_sys::{Comment, Element, Event, HtmlElement};

use super::dom::{self, document, soon};
use super::words::{NAME_BEGINS, NAME_ENDS, Say};

/// An element in the making, or made.
#[derive(Clone)]
pub struct El(Element);

/// An element of this tag and these classes (may be empty).
pub fn el(tag: &str, classes: &str) -> El {
    named(None, tag, classes)
}

/// An element of SVG.
pub fn svg(tag: &str, classes: &str) -> El {
    named(Some("http://www.w3.org/2000/svg"), tag, classes)
}

fn named(namespace: Option<&str>, tag: &str, classes: &str) -> El {
    let made = match namespace {
        Some(_) => document().create_element_ns(namespace, tag),
        None => document().create_element(tag),
    };
    // Every tag is written down in this crate, so the error is none that can happen; a comment
    // would do no harm either.
    let element = made.unwrap_or_else(|_| JsCast::unchecked_into(document().create_comment(tag)));
    let element = El(element);
    if classes.is_empty() {
        element
    } else {
        element.attr("class", classes)
    }
}

/// A button that submits nothing.
pub fn button(classes: &str, on_click: impl Fn() + 'static) -> El {
    el("button", classes)
        .attr("type", "button")
        .on("click", move |_| on_click())
}

impl El {
    pub fn attr(self, name: &str, value: &str) -> Self {
        // Fails only for a name that is none.
        let _ = self.0.set_attribute(name, value);
        self
    }

    /// An attribute that follows its signals.
    pub fn attr_with(self, name: &'static str, value: impl Fn() -> String + 'static) -> Self {
        self.follow_text(
            Box::new(value),
            Box::new(move |element, value| {
                let _ = element.set_attribute(name, value);
            }),
        )
    }

    /// The accessible name.
    pub fn label(self, text: Say) -> Self {
        self.attr("aria-label", text.text())
    }

    /// What a pointer that rests here is told.
    pub fn title(self, text: Say) -> Self {
        self.attr("title", text.text())
    }

    /// A class that comes and goes.
    pub fn class_if(self, name: &'static str, there: impl Fn() -> bool + 'static) -> Self {
        self.follow_bool(
            Box::new(there),
            Box::new(move |element, there| {
                let _ = element.class_list().toggle_with_force(name, there);
            }),
        )
    }

    /// A property of the DOM object, such as `disabled` or `checked`.
    pub fn prop_with(self, name: &'static str, value: impl Fn() -> bool + 'static) -> Self {
        self.follow_bool(
            Box::new(value),
            Box::new(move |element, value| {
                js::set(element, name, value);
            }),
        )
    }

    pub fn on(self, name: &str, run: impl FnMut(Event) + 'static) -> Self {
        self.listen(name, Box::new(run))
    }

    pub fn child(self, child: El) -> Self {
        let _ = self.0.append_child(&child.0);
        self
    }

    /// A text of the page itself.
    pub fn say(self, text: Say) -> Self {
        self.text(text.text())
    }

    /// Adds a text. Names in it that are marked, as `words::inside` does, get elements of their
    /// own.
    pub fn text(self, text: &str) -> Self {
        append_text(&self.0, text);
        self
    }

    /// Text that follows its signals, and is all that stands in the element.
    ///
    /// Each new text replaces whatever is in the element then, because translators, extensions and
    /// phones put nodes of their own in the place of the page's.
    pub fn text_with(self, text: impl Fn() -> String + 'static) -> Self {
        self.follow_text(
            Box::new(text),
            Box::new(|element, text| {
                element.set_text_content(None);
                append_text(element, text);
            }),
        )
    }

    /// What is made anew whenever the number changes.
    pub fn part(
        self,
        number: impl Fn() -> usize + 'static,
        make: impl Fn(usize) -> Option<El> + 'static,
    ) -> Self {
        self.follow_part(Box::new(number), Box::new(make))
    }

    /// What is there only while the condition holds.
    pub fn when(self, there: impl Fn() -> bool + 'static, make: impl Fn() -> El + 'static) -> Self {
        self.part(
            move || usize::from(there()),
            move |there| (there == 1).then(&make),
        )
    }

    /// One element for each key, made when the key comes and kept while it stays. The order must
    /// not change: moving a video in the page interrupts it.
    pub fn each(
        self,
        keys: impl Fn() -> Vec<String> + 'static,
        make: impl Fn(&str) -> El + 'static,
    ) -> Self {
        self.follow_keys(Box::new(keys), Box::new(make))
    }

    /// Does something with the element as soon as it is on the page.
    pub fn mounted(self, run: impl FnOnce(HtmlElement) + 'static) -> Self {
        let element = self.element();
        soon(Box::new(move || run(element)));
        self
    }

    /// The element itself.
    pub fn element(&self) -> HtmlElement {
        self.0.clone().unchecked_into()
    }

    fn listen(self, name: &str, run: Box<dyn FnMut(Event)>) -> Self {
        // It lives as long as the element: JavaScript's garbage collector frees both.
        let function = Closure::wrap(run).into_js_value();
        let function = function.unchecked_ref();
        let _ = self.0.add_event_listener_with_callback(name, function);
        self
    }

    fn follow_text(self, value: Box<dyn Fn() -> String>, set: TextSetter) -> Self {
        let element = self.0.clone();
        let mut before = None;
        follow(Box::new(move || {
            let now = value();
            if before.as_ref() != Some(&now) {
                set(&element, &now);
                before = Some(now);
            }
        }));
        self
    }

    fn follow_bool(self, value: Box<dyn Fn() -> bool>, set: Setter) -> Self {
        let element = self.0.clone();
        let mut before = None;
        follow(Box::new(move || {
            let now = value();
            if before != Some(now) {
                set(&element, now);
                before = Some(now);
            }
        }));
        self
    }

    fn follow_part(
        self,
        number: Box<dyn Fn() -> usize>,
        make: Box<dyn Fn(usize) -> Option<El>>,
    ) -> Self {
        let place = Place::at_end_of(&self);
        let mut there: Option<(usize, Option<Part>)> = None;
        follow(Box::new(move || {
            let now = number();
            if there.as_ref().is_none_or(|(before, _)| *before != now) {
                if let Some((_, Some(old))) = there.take() {
                    old.remove();
                }
                there = Some((now, place.put(|| make(now))));
            }
        }));
        self
    }

    fn follow_keys(
        self,
        keys: Box<dyn Fn() -> Vec<String>>,
        make: Box<dyn Fn(&str) -> El>,
    ) -> Self {
        let place = Place::at_end_of(&self);
        let mut there: Vec<(String, Option<Part>)> = Vec::new();
        follow(Box::new(move || {
            let now = keys();
            let (stay, go) = std::mem::take(&mut there)
                .into_iter()
                .partition(|(key, _)| now.contains(key));
            there = stay;
            for (_, part) in go {
                part.into_iter().for_each(Part::remove);
            }
            for key in now {
                if there.iter().all(|(old, _)| *old != key) {
                    let part = place.put(|| Some(make(&key)));
                    there.push((key, part));
                }
            }
        }));
        self
    }
}

/// Puts a new value into an element.
type Setter = Box<dyn Fn(&Element, bool)>;
/// Puts a new text into an element.
type TextSetter = Box<dyn Fn(&Element, &str)>;

/// Puts a text at the end of an element. A name in it keeps its own direction of writing, and is
/// not translated.
fn append_text(element: &Element, text: &str) {
    let mut is_name = false;
    for piece in text.split([NAME_BEGINS, NAME_ENDS]) {
        if is_name {
            let name = el("bdi", "").attr("translate", "no").text(piece);
            let _ = element.append_child(&name.0);
        } else if !piece.is_empty() {
            let _ = element.append_child(&document().create_text_node(piece));
        }
        is_name = !is_name;
    }
}

/// Where something comes and goes.
struct Place {
    mark: Comment,
    /// What comes follows its own signals until it goes: longer than until the next change here.
    owner: Owner,
}

impl Place {
    fn at_end_of(parent: &El) -> Self {
        let mark = document().create_comment("");
        let _ = parent.0.append_child(&mark);
        Self {
            mark,
            owner: Owner::current().unwrap_or_default(),
        }
    }

    /// What is made follows its signals; the making itself follows none.
    fn put(&self, make: impl FnOnce() -> Option<El>) -> Option<Part> {
        let owner = self.owner.with(Owner::new);
        let element = owner.with(|| untrack(make))?;
        if let Some(parent) = self.mark.parent_node() {
            let _ = parent.insert_before(&element.0, Some(&self.mark));
        }
        Some(Part { element, owner })
    }
}

/// Something that is there now, and what it follows.
struct Part {
    element: El,
    owner: Owner,
}

impl Part {
    fn remove(self) {
        self.owner.cleanup();
        let focused = document().active_element();
        let had_focus = self.element.0.contains(focused.as_deref());
        self.element.0.remove();
        // Otherwise the focus would be at the beginning of the page, where a person with a keyboard
        // or a screen reader would have to start again.
        if had_focus && dom::focus_is_lost() {
            dom::focus_on_screen();
        }
    }
}

/// Runs at once, and again whenever a signal that was read changes, until its owner goes.
pub fn follow(mut run: Box<dyn FnMut()>) {
    let effect = RenderEffect::new(move |_: Option<()>| run());
    on_cleanup(move || drop(effect));
}

thread_local! {
    /// What runs when parts of the page go away, and how many there were.
    static ENDINGS: RefCell<(Vec<Ending>, u32)> = const { RefCell::new((Vec::new(), 0)) };
}

type Ending = (u32, Box<dyn FnOnce()>);

/// Runs when the part of the page that this is called for goes away.
pub fn at_end(run: impl FnOnce() + 'static) {
    at_end_boxed(Box::new(run));
}

/// Leptos' own clean-up takes only what any thread could run; here it is told a number.
fn at_end_boxed(run: Box<dyn FnOnce()>) {
    let number = ENDINGS.with_borrow_mut(|(endings, made)| {
        *made += 1;
        endings.push((*made, run));
        *made
    });
    on_cleanup(move || {
        let run = ENDINGS.with_borrow_mut(|(endings, _)| {
            let place = endings.iter().position(|(other, _)| *other == number)?;
            Some(endings.swap_remove(place).1)
        });
        if let Some(run) = run {
            run();
        }
    });
}
