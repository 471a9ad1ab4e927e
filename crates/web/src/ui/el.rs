//! One kind of element for the whole page.
//!
//! Leptos makes a type, and so code, of every different element. Here attributes and children are
//! type-erased at once ([`AnyAttribute`], [`AnyView`]), so that all elements share one type: the
//! page is sent to every visitor, and this halves it. Elements are made by `createElement`, never
//! from strings, as Trusted Types demand.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use leptos::prelude::*;
use leptos::tachys::html::attribute::any_attribute::{AnyAttribute, IntoAnyAttribute};
use leptos::tachys::html::attribute::custom::custom_attribute;
use leptos::tachys::html::class::class;
use leptos::tachys::html::element::{Custom, custom};
use leptos::tachys::html::event::{self, on};
use leptos::tachys::html::node_ref::node_ref;
use leptos::tachys::html::property::prop;
use leptos::tachys::reactive_graph::SharedReactiveFunction;
use leptos::tachys::view::keyed::keyed;
use web_sys::Event;
use web_sys::wasm_bindgen::JsCast;

/// Where an element is found once it is on the page.
pub type Node = NodeRef<Custom<&'static str>>;

/// An element in the making.
pub struct El {
    tag: &'static str,
    attributes: Vec<AnyAttribute>,
    children: Vec<AnyView>,
}

/// An element of this tag and these classes (may be empty).
pub fn el(tag: &'static str, classes: &'static str) -> El {
    let mut attributes = Vec::new();
    if !classes.is_empty() {
        attributes.push(class(classes).into_any_attr());
    }
    El {
        tag,
        attributes,
        children: Vec::new(),
    }
}

/// A button that submits nothing.
pub fn button(classes: &'static str, on_click: impl Fn() + 'static) -> El {
    el("button", classes)
        .attr("type", "button")
        .on("click", move |_| on_click())
}

impl El {
    pub fn attr(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        let value: Cow<'static, str> = value.into();
        self.attributes
            .push(custom_attribute(name, value).into_any_attr());
        self
    }

    /// An attribute that follows its signals; none takes it away.
    pub fn attr_with(
        mut self,
        name: &'static str,
        value: impl FnMut() -> Option<String> + Send + 'static,
    ) -> Self {
        let value: SharedReactiveFunction<Option<String>> = Arc::new(Mutex::new(value));
        self.attributes
            .push(custom_attribute(name, value).into_any_attr());
        self
    }

    /// The accessible name.
    pub fn label(self, text: &'static str) -> Self {
        self.attr("aria-label", text)
    }

    /// A class that comes and goes.
    pub fn class_if(
        mut self,
        name: &'static str,
        there: impl FnMut() -> bool + Send + 'static,
    ) -> Self {
        let there: SharedReactiveFunction<bool> = Arc::new(Mutex::new(there));
        self.attributes.push(class((name, there)).into_any_attr());
        self
    }

    /// A property of the DOM object, such as `disabled` or `checked`.
    pub fn prop_with(
        mut self,
        name: &'static str,
        value: impl FnMut() -> bool + Send + 'static,
    ) -> Self {
        let value: SharedReactiveFunction<bool> = Arc::new(Mutex::new(value));
        self.attributes.push(prop(name, value).into_any_attr());
        self
    }

    pub fn on(mut self, name: &'static str, run: impl FnMut(Event) + 'static) -> Self {
        let run: Box<dyn FnMut(Event)> = Box::new(run);
        self.attributes
            .push(on(event::Custom::<Event>::new(name), run).into_any_attr());
        self
    }

    /// Makes it found by this node.
    pub fn node(mut self, node: Node) -> Self {
        self.attributes
            .push(node_ref::<Custom<&'static str>, _>(node).into_any_attr());
        self
    }

    /// Does something with the element once it is on the page.
    pub fn mounted<T: JsCast>(self, run: impl Fn(T) + 'static) -> Self {
        let node = Node::new();
        node.on_load(move |element| run(element.unchecked_into()));
        self.node(node)
    }

    pub fn child(mut self, child: impl Into<AnyView>) -> Self {
        self.children.push(child.into());
        self
    }

    pub fn text(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        let text: Cow<'static, str> = text.into();
        self.children.push(text.into_any());
        self
    }

    /// Text that follows its signals.
    pub fn text_with(mut self, text: impl FnMut() -> String + Send + 'static) -> Self {
        let text: SharedReactiveFunction<String> = Arc::new(Mutex::new(text));
        self.children.push(text.into_any());
        self
    }

    /// What is drawn anew whenever its signals change: give it a [`Memo`], not the whole view.
    pub fn part(mut self, make: impl FnMut() -> AnyView + Send + 'static) -> Self {
        self.children.push(part(make));
        self
    }

    /// What is there only while the memo is true.
    pub fn when(self, there: Memo<bool>, make: impl Fn() -> El + Send + 'static) -> Self {
        self.part(move || {
            if there.get() {
                make().into()
            } else {
                nothing()
            }
        })
    }
}

impl From<El> for AnyView {
    fn from(el: El) -> Self {
        custom(el.tag)
            .add_any_attr(el.attributes)
            .child(el.children)
            .into_any()
    }
}

/// No element at all.
pub fn nothing() -> AnyView {
    ().into_any()
}

/// See [`El::part`]. Nothing of the old is kept: elements share one type, so that Leptos would
/// take one for the other and change it in place.
pub fn part(mut make: impl FnMut() -> AnyView + Send + 'static) -> AnyView {
    type Item = (u32, AnyView);
    type Built = (fn(usize), AnyView);
    let mut generation = 0_u32;
    let make: SharedReactiveFunction<_> = Arc::new(Mutex::new(move || {
        generation = generation.wrapping_add(1);
        let key: fn(&Item) -> u32 = |item| item.0;
        let view: fn(usize, Item) -> Built = |_, item| (|_| {}, item.1);
        keyed([(generation, make())], key, view)
    }));
    make.into_any()
}

/// One view for each key, made when the key comes and kept while it stays. The order must not
/// change: moving a video in the page interrupts it.
pub fn each(
    keys: Memo<Vec<String>>,
    make: impl Fn(String) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    let make: Arc<dyn Fn(String) -> AnyView + Send + Sync> = Arc::new(make);
    For(ForProps::builder()
        .each(move || keys.get())
        .key(String::clone)
        .children(move |key| make(key))
        .build())
    .into_any()
}

/// A view, or nothing.
pub trait AnyViewOr {
    fn or_nothing(self) -> AnyView;
}

impl AnyViewOr for Option<El> {
    fn or_nothing(self) -> AnyView {
        self.map_or_else(nothing, AnyView::from)
    }
}
