//! A QR code as SVG.

use fast_qr::QRBuilder;
use leptos::prelude::*;
use leptos::svg;

/// The light edge around the code, in modules.
const QUIET: usize = 3;

/// Draws a text; none if it is too long.
pub fn draw(text: &str) -> Option<AnyView> {
    let code = QRBuilder::new(text).build().ok()?;
    let module = |x: usize, y: usize| code.data.get(y * code.size + x);
    let path = path(code.size, |x, y| {
        module(x, y).is_some_and(|module| module.value())
    });
    let side = (code.size + 2 * QUIET).to_string();
    let picture = svg::svg()
        .attr("viewBox", ["0 0 ", &side, " ", &side].concat())
        .attr("shape-rendering", "crispEdges")
        .attr("aria-hidden", "true")
        .child(svg::path().attr("d", path));
    Some(picture.into_any())
}

/// The dark modules, each row's runs as one bar.
fn path(size: usize, dark: impl Fn(usize, usize) -> bool) -> String {
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let run = (x..size).take_while(|&x| dark(x, y)).count();
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
        let dark = |x: usize, y: usize| rows[y].as_bytes()[x] == b'#';
        assert_eq!(
            path(4, dark),
            "M3 3h2v1h-2zM6 3h1v1h-1zM6 5h1v1h-1zM3 6h4v1h-4z"
        );
    }
}
