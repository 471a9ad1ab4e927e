//! In which language the server's own pages are written.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::ACCEPT_LANGUAGE, request::Parts},
};

/// A language of the server's own pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    English,
    German,
}

impl Language {
    /// The language that the browser prefers (RFC 9110, section 12.5.4), or English if it asks for
    /// none of these.
    pub fn of(headers: &HeaderMap) -> Self {
        let wanted = headers.get(ACCEPT_LANGUAGE);
        let wanted = wanted.and_then(|it| it.to_str().ok()).unwrap_or_default();
        let mut best = (0.0, Self::default());
        for range in wanted.split(',') {
            let (tag, more) = range.split_once(';').unwrap_or((range, ""));
            let weight = more.trim().strip_prefix("q=");
            let weight = weight.map_or(1.0, |it| it.parse().unwrap_or(0.0));
            let language = match tag.trim().split('-').next() {
                Some(it) if it.eq_ignore_ascii_case("de") => Self::German,
                Some(it) if it.eq_ignore_ascii_case("en") => Self::English,
                _ => continue,
            };
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }

    /// The language as `<html lang>` names it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The text that is in this language.
    pub fn pick<T>(self, english: T, german: T) -> T {
        match self {
            Self::English => english,
            Self::German => german,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_language_liked_best_is_taken() {
        for (wanted, expected) in [
            ("", Language::English),
            ("de", Language::German),
            ("de-AT,de;q=0.9,en;q=0.8", Language::German),
            ("en-GB,en;q=0.9,de;q=0.8", Language::English),
            ("fr-CH, fr;q=0.9, de;q=0.7, en;q=0.6", Language::German),
            ("en;q=0.1, DE;q=0.2", Language::German),
            ("fr, *;q=0.5", Language::English),
            ("de;q=0", Language::English),
            ("den", Language::English),
            ("de;q=nonsense", Language::English),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(wanted));
            assert_eq!(Language::of(&headers), expected, "{wanted}");
        }
        assert_eq!(Language::of(&HeaderMap::new()), Language::English);
    }
}
