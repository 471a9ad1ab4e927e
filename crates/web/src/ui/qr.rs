//! A QR code as SVG.

use qrcodegen::{QrCode, QrCodeEcc};

use super::el::{El, svg};

/// The light edge around the code, in modules.
const QUIET: i32 = 3;

/// Draws a text; none if it is too long.
pub fn draw(text: &str) -> Option<El> {
    // A link has small letters, so it never fits the shorter ways for digits and capitals.
    let code = QrCode::encode_binary(text.as_bytes(), QrCodeEcc::Medium).ok()?;
    let size = code.size();
    let path = path(size, |x, y| code.get_module(x, y));
    let side = (size + 2 * QUIET).to_string();
    let picture = svg("svg", "")
        .attr("viewBox", &["0 0 ", &side, " ", &side].concat())
        .attr("shape-rendering", "crispEdges")
        .attr("aria-hidden", "true")
        .child(svg("path", "").attr("d", &path));
    Some(picture)
}

/// The dark modules, each row's runs as one bar.
fn path(size: i32, dark: impl Fn(i32, i32) -> bool) -> String {
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let end = (x..size).find(|&x| !dark(x, y)).unwrap_or(size);
            let run = end - x;
            if run > 0 {
                let (left, top, run) = (
                    (x + QUIET).to_string(),
                    (y + QUIET).to_string(),
                    run.to_string(),
                );
                path.push_str(&["M", &left, " ", &top, "h", &run, "v1h-", &run, "z"].concat());
            }
            x += run + 1;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_dark_modules_become_bars() {
        let rows = ["##.#", "....", "...#", "####"];
        let dark = |x: i32, y: i32| rows[y as usize].as_bytes()[x as usize] == b'#';
        assert_eq!(
            path(4, dark),
            "M3 3h2v1h-2zM6 3h1v1h-1zM6 5h1v1h-1zM3 6h4v1h-4z"
        );
    }

    #[test]
    fn a_link_is_drawn_as_any_text_would_be() {
        let link = "https://call.example/r/AbCdEfGhIjKlMnOpQr-_01";
        let shortest = QrCode::encode_text(link, QrCodeEcc::Medium).unwrap();
        let code = QrCode::encode_binary(link.as_bytes(), QrCodeEcc::Medium).unwrap();
        assert!(code == shortest);
    }
}
