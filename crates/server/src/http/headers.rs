//! The headers every answer carries.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::front::Caller;

/// What the page may do. `{socket}` is the origin of its WebSocket after a space: older Safari's
/// 'self' does not cover it.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; \
    script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self'; \
    img-src 'self' blob: data:; \
    media-src 'self' blob:; \
    connect-src 'self'{socket}; \
    font-src 'self'; \
    manifest-src 'self'; \
    base-uri 'none'; \
    form-action 'none'; \
    frame-ancestors 'none'; \
    require-trusted-types-for 'script'; \
    trusted-types 'none'";

/// What the browser lets the page ask the person for.
const PERMISSIONS_POLICY: &str = "accelerometer=(), autoplay=(self), \
    browsing-topics=(), camera=(self), display-capture=(self), fullscreen=(self), geolocation=(), \
    gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), microphone=(self), \
    midi=(), payment=(), picture-in-picture=(self), publickey-credentials-get=(), \
    screen-wake-lock=(self), serial=(), speaker-selection=(self), usb=(), xr-spatial-tracking=()";

const FIXED: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        PERMISSIONS_POLICY,
    ),
];

/// Adds them. Strict-Transport-Security is not among them: below a private CA it would lock out
/// everyone who has not trusted it yet.
pub fn add(headers: &mut HeaderMap, caller: Option<&Caller>, path: &str) {
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let socket = caller
        .and_then(Caller::web_socket_origin)
        .map_or_else(String::new, |origin| format!(" {origin}"));
    let policy = CONTENT_SECURITY_POLICY.replace("{socket}", &socket);
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if path.starts_with("/r/") {
        headers.insert(
            HeaderName::from_static("x-robots-tag"),
            HeaderValue::from_static("noindex, nofollow"),
        );
    }
}
