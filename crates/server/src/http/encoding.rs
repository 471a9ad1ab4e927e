//! Which form of a file a browser gets: `Accept-Encoding` (RFC 9110, section 12.5.3).

/// A form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Brotli (RFC 7932).
    Brotli,
    /// Gzip (RFC 1952).
    Gzip,
    /// As it is.
    Identity,
}

impl Encoding {
    /// Its name in `Content-Encoding`; none for identity.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }
}

/// The form the browser likes best among `available`, which stand in our order of preference.
/// Identity when it likes none: a page that can't be read is better than no page.
pub fn choose(accept: &str, available: &[Encoding]) -> Encoding {
    let mut best = (0, Encoding::Identity);
    for &encoding in available {
        let weight = weight(accept, encoding);
        if weight > best.0 {
            best = (weight, encoding);
        }
    }
    best.1
}

/// What the browser said about a form, in thousandths.
fn weight(accept: &str, encoding: Encoding) -> u16 {
    let name = encoding.name().unwrap_or("identity");
    let mut any = None;
    for item in accept.split(',') {
        let mut parts = item.split(';').map(str::trim);
        let coding = parts.next().unwrap_or_default();
        let weight = parts
            .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
            .map_or(1000, thousandths);
        if coding.eq_ignore_ascii_case(name)
            || (name == "gzip" && coding.eq_ignore_ascii_case("x-gzip"))
        {
            return weight;
        }
        if coding == "*" {
            any = Some(weight);
        }
    }
    // Identity is always taken unless it is ruled out, but nobody prefers it by silence.
    any.unwrap_or(u16::from(encoding == Encoding::Identity))
}

/// A quality value; one that can't be read counts as nothing.
fn thousandths(text: &str) -> u16 {
    match text.parse::<f32>() {
        // Between 0 and 1000 after the check: nothing is cut.
        Ok(value) if (0.0..=1.0).contains(&value) => (value * 1000.0) as u16,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[Encoding] = &[Encoding::Brotli, Encoding::Gzip, Encoding::Identity];

    #[test]
    fn follows_the_weights() {
        for (accept, expected) in [
            ("", Encoding::Identity),
            ("gzip, deflate, br, zstd", Encoding::Brotli),
            ("gzip", Encoding::Gzip),
            ("GZIP;q=1.0, br;q=0.5", Encoding::Gzip),
            ("br;q=0, gzip;q=0.1", Encoding::Gzip),
            ("br;q=0", Encoding::Identity),
            ("*", Encoding::Brotli),
            ("*;q=0.5, br;q=0", Encoding::Gzip),
            ("*;q=0", Encoding::Identity),
            ("identity, br;q=0.2", Encoding::Identity),
            ("br;q=nonsense, gzip;q=7", Encoding::Identity),
            ("br;q=0.001", Encoding::Brotli),
        ] {
            assert_eq!(choose(accept, ALL), expected, "{accept}");
        }
    }

    #[test]
    fn offers_only_what_there_is() {
        assert_eq!(choose("br", &[Encoding::Identity]), Encoding::Identity);
    }
}
