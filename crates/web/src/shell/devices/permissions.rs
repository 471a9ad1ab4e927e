//! Which devices the browser allows already.

use browser::js::{call, call_async, get, object, text};
use call::{Allowed, MediaError};

/// Which of the two devices may be asked for alone after both together were refused: one that is
/// allowed already, and one about which the person was not asked because the other one is blocked
/// for good. For any other, the person would be asked once more right after saying no.
pub(super) async fn allowed(error: MediaError) -> Allowed {
    if error != MediaError::Denied {
        return Allowed::default();
    }
    let (microphone, camera) = (state("microphone").await, state("camera").await);
    let may = |this: &str, other: &str| this == "granted" || this == "prompt" && other == "denied";
    Allowed {
        microphone: may(&microphone, &camera),
        camera: may(&camera, &microphone),
    }
}

/// Whether the page came with a policy that keeps a device from it. Only Chromium tells.
pub(super) fn is_forbidden(name: &str) -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    let policy = document.map(|document| get(&document, "featurePolicy"));
    let allows = policy.and_then(|it| call(&it, "allowsFeature", [&name.into()]).ok());
    allows.and_then(|it| it.as_bool()) == Some(false)
}

/// `granted`, `denied`, `prompt`, or nothing where the browser does not tell.
async fn state(name: &str) -> String {
    let Some(window) = web_sys::window() else {
        return String::new();
    };
    let permissions = get(&window.navigator(), "permissions");
    let about = object([("name", name.into())]);
    let status = call_async(&permissions, "query", [&about]).await;
    let state = status.ok().and_then(|status| text(&status, "state"));
    state.unwrap_or_default()
}
