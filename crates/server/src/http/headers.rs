//! The headers that answers carry for the browser's sake.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::caller::Caller;

/// How the page's Content-Security-Policy begins. By this, `crabcall doctor` tells it from one that
/// something in front has added.
pub const CONTENT_SECURITY_POLICY_BEGINS: &str =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval';";

/// What the page may do besides. `{socket}` is the origin of its WebSocket after a space: older
/// Safari's 'self' does not cover it.
const CONTENT_SECURITY_POLICY_GOES_ON: &str = " style-src 'self'; \
    img-src 'self' blob: data:; \
    media-src 'self' blob:; \
    connect-src 'self'{socket}; \
    base-uri 'none'; \
    form-action 'none'; \
    frame-ancestors 'none'; \
    require-trusted-types-for 'script'; \
    trusted-types 'none'";

/// What the browser lets nobody ask the person for. What the page does ask for (camera, microphone,
/// screen and their like) it may without a word here, and the page has no frames that could.
const PERMISSIONS_POLICY: &str = "accelerometer=(), browsing-topics=(), geolocation=(), \
    gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), midi=(), payment=(), \
    publickey-credentials-get=(), serial=(), usb=(), xr-spatial-tracking=()";

/// On every answer, whatever it is.
const ALWAYS: [(HeaderName, &str); 2] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// On every answer that a browser may show in a tab or a frame.
const SHOWN: [(HeaderName, &str); 4] = [
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        PERMISSIONS_POLICY,
    ),
];

/// A year, as browsers' lists ask for; this name alone, the ones below it may be somebody else's.
const STRICT_TRANSPORT_SECURITY: &str = "max-age=31536000";

/// What is only ever a part of a page: there a browser looks at none of the headers about pages,
/// and they weigh more than all but the largest of these files. (A worker's script would need
/// them: it has the policy that it came with, not that of its page.)
const PARTS: [&str; 3] = ["text/css", "text/javascript", "application/wasm"];

fn is_part(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default();
    PARTS.contains(&kind)
}

/// Adds them. Strict-Transport-Security only with a certificate that every browser trusts: below a
/// private CA it would lock out everyone who has not trusted it yet. And only on HTTPS's own port:
/// browsers would lead all plain HTTP of that name there.
pub fn add(headers: &mut HeaderMap, caller: Option<&Caller>, path: &str) {
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_part(headers) {
        return;
    }
    for (name, value) in SHOWN {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let socket = caller
        .and_then(Caller::web_socket_origin)
        .map_or_else(String::new, |origin| format!(" {origin}"));
    let policy = CONTENT_SECURITY_POLICY_GOES_ON.replace("{socket}", &socket);
    let policy = format!("{CONTENT_SECURITY_POLICY_BEGINS}{policy}");
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if caller.is_some_and(|caller| caller.is_public_https) {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(STRICT_TRANSPORT_SECURITY),
        );
    }
    if path.starts_with("/r/") {
        headers.insert(
            HeaderName::from_static("x-robots-tag"),
            HeaderValue::from_static("noindex, nofollow"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{Authority, Scheme};

    #[test]
    fn only_public_https_is_strict() {
        let strict = |is_public_https| {
            let caller = Caller {
                address: [198, 51, 100, 1].into(),
                authority: Authority::parse("example.org").unwrap(),
                scheme: Scheme::Https,
                is_scheme_known: true,
                is_local: false,
                is_proxied: false,
                is_public_https,
            };
            let mut headers = HeaderMap::new();
            add(&mut headers, Some(&caller), "/");
            headers.contains_key(header::STRICT_TRANSPORT_SECURITY)
        };
        assert!(strict(true));
        assert!(!strict(false));
    }
}
