//! The page, embedded at build time, and the server's own small pages.

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode,
        header::{
            ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG,
            IF_NONE_MATCH, VARY,
        },
    },
};

use super::encoding::{self, Encoding};
use super::language::Language;

include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// Shown for a room's address and for `/`.
const INDEX: &str = "/index.html";
/// What a file is called by its content never changes.
const FOR_EVER: &str = "max-age=31536000, immutable";
/// Everything else is asked for again, and mostly answered with 304.
const ASK_AGAIN: &str = "no-cache";
/// Hexadecimal digits of a content hash in a file's name.
const HASH_DIGITS: usize = 16;

/// One embedded file.
#[derive(Debug)]
pub struct Asset {
    /// Its path in a URL.
    pub path: &'static str,
    content_type: &'static str,
    /// Hexadecimal digits of its content's hash.
    hash: &'static str,
    identity: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

impl Asset {
    fn form(&self, encoding: Encoding) -> Option<&'static [u8]> {
        match encoding {
            Encoding::Brotli => self.brotli,
            Encoding::Gzip => self.gzip,
            Encoding::Identity => Some(self.identity),
        }
    }

    /// Whether its name holds its content's hash, as `app.0123456789abcdef.js` does.
    fn is_named_by_content(&self) -> bool {
        self.path.split('.').any(|part| {
            part.len() == HASH_DIGITS && part.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    }

    fn respond(&self, headers: &HeaderMap) -> Response<Body> {
        let available: Vec<Encoding> = [Encoding::Brotli, Encoding::Gzip, Encoding::Identity]
            .into_iter()
            .filter(|encoding| self.form(*encoding).is_some())
            .collect();
        let encoding = encoding::choose(&joined(headers, &ACCEPT_ENCODING), &available);
        // A strong tag names the bytes sent, so each form has its own (RFC 9110, section 8.8.3.3).
        let tag = match encoding.name() {
            Some(name) => format!("\"{}-{name}\"", self.hash),
            None => format!("\"{}\"", self.hash),
        };
        let known = matches_tag(&joined(headers, &IF_NONE_MATCH), &tag);
        let mut response = Response::new(match self.form(encoding) {
            Some(bytes) if !known => Body::from(bytes),
            _ => Body::empty(),
        });
        let caching = if self.is_named_by_content() {
            FOR_EVER
        } else {
            ASK_AGAIN
        };
        let out = response.headers_mut();
        out.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
        out.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(tag) = HeaderValue::try_from(tag) {
            out.insert(ETAG, tag);
        }
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        out.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if let Some(name) = encoding.name() {
            out.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        response
    }
}

/// Answers every path that no other route has.
pub async fn serve(request: Request<Body>) -> Response<Body> {
    let Some(asset) = find(request.uri().path()) else {
        return not_found(Language::of(request.headers()));
    };
    match *request.method() {
        Method::GET | Method::HEAD => asset.respond(request.headers()),
        _ => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            response
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            response
        }
    }
}

fn find(path: &str) -> Option<&'static Asset> {
    let path = match path {
        "/" => INDEX,
        INDEX => return None,
        _ if is_room(path) => INDEX,
        _ => path,
    };
    FILES
        .iter()
        .chain([&STYLE, &MARK])
        .find(|asset| asset.path == path)
}

/// Whether it is the address of a call. A mail program or a person may have put something at its
/// end: the page reads the address, and says what is wrong if it can't be a room.
fn is_room(path: &str) -> bool {
    path.starts_with("/r/")
}

/// A page of our own: `title` is text, `main` is HTML.
pub fn plain(language: Language, status: StatusCode, title: &str, main: &str) -> Response<Body> {
    let mark = MARK.path;
    let html = format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1, viewport-fit=cover\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} – Crabcall</title>\n\
         <link rel=\"icon\" href=\"{mark}\" type=\"image/svg+xml\">\n\
         <link rel=\"stylesheet\" href=\"{}\">\n</head>\n<body>\n\
         <header><a class=\"brand\" href=\"/\" translate=\"no\">\
         <img src=\"{mark}\" alt=\"\" width=\"32\" height=\"32\"> Crabcall</a></header>\n\
         <main>\n{main}\n</main>\n</body>\n</html>\n",
        language.tag(),
        STYLE.path
    );
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(ASK_AGAIN));
    headers.insert(VARY, HeaderValue::from_static("accept-language"));
    response
}

/// The answer where there is nothing.
pub fn not_found(language: Language) -> Response<Body> {
    let (title, main) = language.pick(
        (
            "Nothing here",
            "<h1>Nothing here</h1>\n<p class=\"quiet\">This address leads nowhere. If somebody sent it to you, ask \
             for it again.</p>\n<p><a class=\"button\" href=\"/\">Go to the start</a></p>",
        ),
        (
            "Hier ist nichts",
            "<h1>Hier ist nichts</h1>\n<p class=\"quiet\">Diese Adresse führt nirgendwohin. Wenn jemand sie dir \
             geschickt hat, lass sie dir noch einmal schicken.</p>\n\
             <p><a class=\"button\" href=\"/\">Zur Startseite</a></p>",
        ),
    );
    plain(language, StatusCode::NOT_FOUND, title, main)
}

fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let values: Vec<&str> = headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    values.join(",")
}

/// `If-None-Match` compares weakly (RFC 9110, section 13.1.2).
fn matches_tag(header: &str, tag: &str) -> bool {
    header
        .split(',')
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

#[cfg(test)]
mod tests {
    use axum::body::HttpBody as _;

    use super::*;

    #[test]
    fn everything_below_r_is_a_room() {
        for path in ["/r/abc", "/r/abc/", "/r/abc).", "/r/abc%20", "/r/"] {
            assert!(is_room(path), "{path}");
        }
        for path in ["/r", "/x", "/x/r/a"] {
            assert!(!is_room(path), "{path}");
        }
    }

    static THREE_FORMS: Asset = Asset {
        path: "/app.0123456789abcdef.js",
        content_type: "text/javascript; charset=utf-8",
        hash: "00",
        identity: b"plain",
        brotli: Some(b"b"),
        gzip: Some(b"g"),
    };

    fn answer(headers: &[(HeaderName, &'static str)]) -> Response<Body> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect();
        THREE_FORMS.respond(&headers)
    }

    #[test]
    fn each_form_says_what_it_is() {
        for (accept, encoding, tag, bytes) in [
            ("gzip, br", Some("br"), "\"00-br\"", 1),
            ("gzip", Some("gzip"), "\"00-gzip\"", 1),
            ("", None, "\"00\"", 5),
        ] {
            let response = answer(&[(ACCEPT_ENCODING, accept)]);
            let header = |name| {
                response
                    .headers()
                    .get(name)
                    .map(|value| value.to_str().unwrap())
            };
            assert_eq!(header(CONTENT_ENCODING), encoding);
            assert_eq!(header(ETAG), Some(tag));
            assert_eq!(header(VARY), Some("accept-encoding"));
            assert_eq!(header(CACHE_CONTROL), Some(FOR_EVER));
            assert_eq!(response.body().size_hint().exact(), Some(bytes));
        }
    }

    #[test]
    fn another_forms_tag_is_not_known() {
        let gzip_tag = (IF_NONE_MATCH, "\"00-gzip\"");
        let known = answer(&[(ACCEPT_ENCODING, "gzip"), gzip_tag.clone()]);
        assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
        let other = answer(&[(ACCEPT_ENCODING, "br"), gzip_tag]);
        assert_eq!(other.status(), StatusCode::OK);
    }

    #[test]
    fn tags_match_weakly_in_lists() {
        assert!(matches_tag("\"a\", W/\"b\"", "\"b\""));
        assert!(matches_tag("*", "\"b\""));
        assert!(!matches_tag("\"b-br\"", "\"b\""));
        assert!(!matches_tag("", "\"b\""));
    }
}
