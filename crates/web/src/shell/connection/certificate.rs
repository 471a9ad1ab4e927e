//! The certificate that all connections of the page share.

use std::cell::RefCell;
use std::rc::Rc;

use browser::js::{number, object, settled, warn};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::RtcPeerConnection;

/// A certificate for DTLS, in the making from the page's start, so that no connection waits for
/// its keys.
pub(super) struct Certificate(Rc<RefCell<Option<JsValue>>>);

impl Certificate {
    /// Begins to make one.
    pub(super) fn make() -> Self {
        let made = Rc::new(RefCell::new(None));
        let place = Rc::clone(&made);
        spawn_local(async move {
            match generate().await {
                Ok(certificate) => *place.borrow_mut() = Some(certificate),
                Err(error) => warn("generateCertificate", &error),
            }
        });
        Self(made)
    }

    /// The certificate, if it is ready and still valid; a connection makes its own otherwise.
    pub(super) fn get(&self) -> Option<JsValue> {
        let certificate = self.0.borrow().clone()?;
        let expires = number(&certificate, "expires")?;
        (expires > js_sys::Date::now()).then_some(certificate)
    }
}

async fn generate() -> Result<JsValue, JsValue> {
    let algorithm = object([("name", "ECDSA".into()), ("namedCurve", "P-256".into())]);
    let promise = RtcPeerConnection::generate_certificate_with_object(&algorithm)?;
    settled(promise.unchecked_into()).await
}
