//! Which browser this is, as far as the way to its camera permission differs.

use super::dom;

/// A browser whose permission is found in a way of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Browser {
    /// Chrome, Edge and their kin on a computer.
    Chromium,
    Firefox,
    /// On a Mac.
    Safari,
    /// Any browser on an iPhone or iPad.
    Ios,
    /// Chrome and its kin on Android.
    Android,
    FirefoxAndroid,
}

/// The browser that shows this page.
pub fn this() -> Browser {
    let navigator = dom::window().navigator();
    let touch = dom::property(&navigator, "maxTouchPoints").as_f64() > Some(1.0);
    Browser::of(&navigator.user_agent().unwrap_or_default(), touch)
}

impl Browser {
    /// From `navigator.userAgent`, and whether the screen takes touches: an iPad says that it is
    /// a Mac.
    pub fn of(user_agent: &str, touch: bool) -> Self {
        // Of the std there is much more code to search a text.
        let has = |word: &str| {
            let mut places = user_agent.as_bytes().windows(word.len());
            places.any(|place| place == word.as_bytes())
        };
        if has("iPhone")
            || has("iPad")
            || has("Macintosh") && touch && !has("Chrome") && !has("Firefox")
        {
            Self::Ios
        } else if has("Android") {
            if has("Firefox") {
                Self::FirefoxAndroid
            } else {
                Self::Android
            }
        } else if has("Firefox") {
            Self::Firefox
        } else if has("Safari") && !has("Chrom") {
            Self::Safari
        } else {
            Self::Chromium
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_known_by_what_they_say() {
        let mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15";
        for (user_agent, touch, expected) in [
            (mac, false, Browser::Safari),
            (mac, true, Browser::Ios),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36",
                true,
                Browser::Chromium,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/150.0.0.0 Mobile/15E148 Safari/604.1",
                true,
                Browser::Ios,
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                false,
                Browser::Firefox,
            ),
            (
                "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
                true,
                Browser::FirefoxAndroid,
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36",
                true,
                Browser::Android,
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36 Edg/150.0.0.0",
                true,
                Browser::Chromium,
            ),
            ("", false, Browser::Chromium),
        ] {
            assert_eq!(Browser::of(user_agent, touch), expected, "{user_agent}");
        }
    }
}
