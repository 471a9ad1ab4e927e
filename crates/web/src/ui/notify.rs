//! The browser's notifications, which are seen while another program is in front. They are asked for
//! only by a press in the settings.

use ::browser::js::{self, object};
use call::Command;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::js_sys::{Array, Function, Promise, Reflect, global};
use web_sys::wasm_bindgen::prelude::Closure;
use web_sys::wasm_bindgen::{JsCast, JsValue};

use super::browser::Browser;
use super::dom::{self, window};
use super::el::{El, el, follow};
use super::live::Live;
use super::page::Ui;
use super::words::say;
use super::{browser, switch, words};

/// All notifications of this page have this tag, so that a new one takes the place of the last.
const TAG: &str = "crabcall";

/// Notifies the person of what the bell tells, until the page is looked at.
pub fn follow_bell(ui: Ui) {
    let mut before = None;
    let mut shown = None;
    follow(Box::new(move || {
        let (bell, wanted) = ui.read(|view| (view.bell.clone(), view.me.notify));
        if bell == before {
            return;
        }
        if let Some(old) = shown.take() {
            dom::call_method(&old, "close", []);
        }
        if let Some(bell) = bell
            .as_ref()
            .filter(|_| wanted && permission() == "granted")
        {
            shown = show(&words::unmarked(words::bell(bell)));
        }
        before = bell;
    }));
}

/// The switch in the settings. None where the browser can't notify: on Android only service workers
/// may, and this page has none.
pub fn switch(ui: Ui) -> Option<El> {
    notification().filter(|_| browser::this() != Browser::Android)?;
    let asks = Live::new(false);
    let refused = Live::new(false);
    let on = move || asks.get() || ui.read(|view| view.me.notify) && permission() == "granted";
    let set = move |on: bool| {
        refused.set(false);
        if !on || permission() == "granted" {
            ui.command(Command::SetNotify { on });
            return;
        }
        asks.set(true);
        ask(Box::new(move |granted| {
            if granted {
                ui.command(Command::SetNotify { on: true });
            }
            refused.set(!granted);
            asks.set(false);
        }));
    };
    let switch = switch::switch(say!(notify), say!(notify_why), on, set);
    Some(el("div", "").child(switch).when(
        move || refused.get(),
        || {
            el("p", "problem")
                .attr("role", "alert")
                .say(say!(notify_refused))
        },
    ))
}

/// The browser's constructor of notifications.
fn notification() -> Option<Function> {
    dom::property(&global(), "Notification").dyn_into().ok()
}

/// What the person has said about them: `default`, `granted` or `denied`.
fn permission() -> String {
    let permission = notification().map(|it| dom::property(&it, "permission"));
    permission.and_then(|it| it.as_string()).unwrap_or_default()
}

/// Has the browser ask the person. `told` hears whether they are allowed.
fn ask(told: Box<dyn FnOnce(bool)>) {
    let asked = notification().and_then(|it| {
        let ask: Function = dom::property(&it, "requestPermission").dyn_into().ok()?;
        ask.call0(&it).ok()?.dyn_into::<Promise>().ok()
    });
    spawn_local(async move {
        if let Some(asked) = asked {
            let _ = JsFuture::from(asked).await;
        }
        told(permission() == "granted");
    });
}

/// Shows a notification. A press on it brings the page to the front.
fn show(text: &str) -> Option<JsValue> {
    let options = object([
        ("tag", TAG.into()),
        ("icon", dom::page_icon().into()),
        // The page has its own sound, which can be switched off.
        ("silent", JsValue::TRUE),
    ]);
    let arguments = Array::of2(&text.into(), &options);
    let shown = Reflect::construct(&notification()?, &arguments).ok()?;
    let pressed = shown.clone();
    let press = Closure::once_into_js(move || {
        let _ = window().focus();
        dom::call_method(&pressed, "close", []);
    });
    js::set(&shown, "onclick", press);
    Some(shown)
}
