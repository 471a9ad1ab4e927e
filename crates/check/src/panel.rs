//! The dialog. It looks like the page's own panels, by the page's style sheet.

use std::cell::RefCell;
use std::rc::Rc;

use browser::js::{self, Listener};
use diagnosis::View;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Document, Element, HtmlElement, MutationObserver, MutationObserverInit, Window};

use crate::driver::Driver;
use crate::words::{Drawn, Language, Mark};

/// The property of the window with the texts of the page's language. English has none.
const WORDS: &str = "words";
/// Which screen the page shows, as an attribute of `<html>`.
const PLACE: &str = "data-place";
const SVG: &str = "http://www.w3.org/2000/svg";

/// Opens the dialog.
pub fn open() {
    let Some(window) = web_sys::window() else {
        return;
    };
    if let Some(document) = window.document() {
        // An element that cannot be made is none that there is.
        let _ = Panel::open(&window, document);
    }
}

/// The dialog while it is open.
struct Panel {
    document: Document,
    language: Language,
    host: String,
    status: Element,
    list: Element,
    said: Element,
    driver: RefCell<Option<Driver>>,
    open: RefCell<Option<Open>>,
}

/// What is held while it is open. Dropped with the dialog.
struct Open {
    _listeners: Vec<Listener>,
    _watch: Watch,
}

/// Sees whether the page goes to another screen.
struct Watch {
    observer: MutationObserver,
    _seen: Closure<dyn FnMut()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

impl Panel {
    fn open(window: &Window, document: Document) -> Result<(), JsValue> {
        let root = document.document_element().ok_or(JsValue::UNDEFINED)?;
        let words = js::text(window, WORDS).unwrap_or_default();
        let language = Language::of(words);
        let opener = document.active_element();
        let el = |tag: &str, classes: &str, text: &str| element(&document, tag, classes, text);

        let dialog = el("dialog", "panel check", "")?;
        dialog.set_attribute("aria-labelledby", "check-title")?;
        let title = el("h2", "", language.title())?;
        title.set_id("check-title");
        let close = el("button", "round quiet", "")?;
        close.set_attribute("aria-label", language.close())?;
        append(&close, [&icon(&document, "M6 6l12 12M18 6L6 18")?])?;
        let head = el("div", "head", "")?;
        append(&head, [&title, &close])?;

        let status = el("p", "verdict", "")?;
        status.set_attribute("role", "status")?;
        let list = el("ul", "", "")?;
        let copy = el("button", "", language.copy())?;
        let again = el("button", "", language.again())?;
        let buttons = el("div", "buttons", "")?;
        append(&buttons, [&copy, &again])?;
        let said = el("p", "muted", "")?;
        said.set_attribute("role", "status")?;
        let content = el("div", "content", "")?;
        append(&content, [&status, &list, &buttons, &said])?;

        let inner = el("div", "inner", "")?;
        append(&inner, [&head, &content])?;
        dialog.append_child(&inner)?;
        let panel = Rc::new(Self {
            language,
            host: window.location().host()?,
            status,
            list,
            said,
            driver: RefCell::default(),
            open: RefCell::default(),
            document,
        });
        let body = panel.document.body().ok_or(JsValue::UNDEFINED)?;
        body.append_child(&dialog)?;
        let watch = Watch::over(&root, &dialog)?;
        let listeners = panel.listen(&dialog, [&close, &copy, &again], opener);
        *panel.open.borrow_mut() = Some(Open {
            _listeners: listeners,
            _watch: watch,
        });
        js::call(&dialog, "showModal", [])?;
        panel.test();
        Ok(())
    }

    fn listen(
        self: &Rc<Self>,
        dialog: &Element,
        [close, copy, again]: [&Element; 3],
        opener: Option<Element>,
    ) -> Vec<Listener> {
        let of = || (dialog.clone(), Rc::clone(self));
        let closes = dialog.clone();
        let (behind, copies, tests) = (dialog.clone(), Rc::clone(self), Rc::clone(self));
        let (closed, panel) = of();
        vec![
            Listener::new(close, "click", move |_| close_dialog(&closes)),
            Listener::new(dialog, "click", move |event| {
                // A click on what is behind the dialog falls on the dialog itself.
                if event.target().as_ref() == Some(behind.as_ref()) {
                    close_dialog(&behind);
                }
            }),
            Listener::new(copy, "click", move |_| copies.copy()),
            Listener::new(again, "click", move |_| tests.test()),
            Listener::new(dialog, "close", move |_| {
                closed.remove();
                *panel.driver.borrow_mut() = None;
                let opener = opener.as_ref().and_then(|it| it.dyn_ref::<HtmlElement>());
                if let Some(opener) = opener {
                    let _ = opener.focus();
                }
                // Not from within one of its own listeners.
                let open = panel.open.borrow_mut().take();
                spawn_local(async move { drop(open) });
            }),
        ]
    }

    /// Begins, or begins anew.
    fn test(self: &Rc<Self>) {
        self.said.set_text_content(None);
        // The last one ends before the next begins to show something.
        *self.driver.borrow_mut() = None;
        let panel = Rc::downgrade(self);
        let driver = Driver::start(move |view| {
            if let Some(panel) = panel.upgrade() {
                let _ = panel.show(view);
            }
        });
        *self.driver.borrow_mut() = driver;
    }

    fn show(&self, view: &View) -> Result<(), JsValue> {
        let status = self.language.status(view);
        if self.status.text_content().as_deref() != Some(status) {
            self.status.set_text_content(Some(status));
        }
        self.list.set_text_content(None);
        for line in self.language.lines(view, &self.host) {
            append(&self.list, [&self.line(&line)?])?;
        }
        Ok(())
    }

    fn line(&self, line: &Drawn) -> Result<Element, JsValue> {
        let el = |tag: &str, classes: &str, text: &str| element(&self.document, tag, classes, text);
        let (drawing, classes) = match line.mark {
            Mark::Waiting => ("M6 12h.01M12 12h.01M18 12h.01", "muted"),
            Mark::Good => ("M5 12.5l4.5 4.5L19 7.5", ""),
            Mark::Note => ("M6 12h12", ""),
            Mark::Bad => ("M6 6l12 12M18 6L6 18", "bad"),
        };
        let item = el("li", classes, "")?;
        let words = el("div", "", "")?;
        let title = el("h3", "", &line.title)?;
        let mark = el("span", "sr", &self.language.mark(line.mark))?;
        append(&title, [&mark])?;
        append(&words, [&title, &el("p", "", &line.seen)?])?;
        if let Some(advice) = &line.advice {
            append(&words, [&el("p", "muted", advice)?])?;
        }
        append(&item, [&icon(&self.document, drawing)?, &words])?;
        Ok(item)
    }

    fn copy(self: &Rc<Self>) {
        let view = self.driver.borrow().as_ref().map(Driver::view);
        let Some(view) = view else {
            return;
        };
        let text = self.language.text(&view, &self.host);
        let panel = Rc::clone(self);
        spawn_local(async move {
            let done = browser::copy(&text).await;
            panel
                .said
                .set_text_content(Some(panel.language.copied(done)));
        });
    }
}

impl Watch {
    /// Closes the dialog when the page goes to another screen, as it does when a waiting person is
    /// let in.
    fn over(root: &Element, dialog: &Element) -> Result<Self, JsValue> {
        let dialog = dialog.clone();
        let seen = Closure::<dyn FnMut()>::new(move || close_dialog(&dialog));
        let observer = MutationObserver::new(seen.as_ref().unchecked_ref())?;
        let options = js::object([
            ("attributes", true.into()),
            ("attributeFilter", js::array_of(&PLACE.into()).into()),
        ]);
        let options: &MutationObserverInit = options.unchecked_ref();
        observer.observe_with_options(root, options)?;
        Ok(Self {
            observer,
            _seen: seen,
        })
    }
}

fn close_dialog(dialog: &Element) {
    let _ = js::call(dialog, "close", []);
}

fn element(document: &Document, tag: &str, classes: &str, text: &str) -> Result<Element, JsValue> {
    let element = document.create_element(tag)?;
    if tag == "button" {
        element.set_attribute("type", "button")?;
    }
    if !classes.is_empty() {
        element.set_class_name(classes);
    }
    if !text.is_empty() {
        element.set_text_content(Some(text));
    }
    Ok(element)
}

fn icon(document: &Document, drawing: &str) -> Result<Element, JsValue> {
    let icon = document.create_element_ns(Some(SVG), "svg")?;
    for (name, value) in [
        ("class", "icon"),
        ("viewBox", "0 0 24 24"),
        ("aria-hidden", "true"),
    ] {
        icon.set_attribute(name, value)?;
    }
    let path = document.create_element_ns(Some(SVG), "path")?;
    path.set_attribute("d", drawing)?;
    icon.append_child(&path)?;
    Ok(icon)
}

fn append<const N: usize>(parent: &Element, children: [&Element; N]) -> Result<(), JsValue> {
    for child in children {
        parent.append_child(child)?;
    }
    Ok(())
}
