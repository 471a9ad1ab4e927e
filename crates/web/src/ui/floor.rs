//! The area that tiles stand in: measures it, says where each tile stands, and lets them glide.

use leptos::prelude::*;
use web_sys::wasm_bindgen::prelude::Closure;
use web_sys::wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlElement, ResizeObserver, js_sys};

use super::Ui;
use super::corner::Corner;
use super::dom::{self, number};
use super::grid::{self, Rect};

/// Where the corner of the own picture is remembered.
const CORNER_KEY: &str = "crabcall.corner";
const GLIDE_MS: f64 = 180.0;

/// The measured area and what moves in it.
#[derive(Clone, Copy)]
pub struct Floor {
    /// The whole area.
    size: RwSignal<(f64, f64)>,
    /// The part of it that bar and buttons leave free.
    free: RwSignal<Rect>,
    corner: RwSignal<Corner>,
    /// Width over height of the own picture.
    pub own_shape: RwSignal<f64>,
}

impl Floor {
    pub fn new() -> Self {
        let corner = dom::recall(CORNER_KEY).unwrap_or_default();
        Self {
            size: RwSignal::new((0.0, 0.0)),
            free: RwSignal::new(Rect::default()),
            corner: RwSignal::new(Corner::parse(&corner)),
            own_shape: RwSignal::new(4.0 / 3.0),
        }
    }

    /// Measures from now on: `area` is the whole, and in it stands, placed by the style sheet,
    /// the element `.free`.
    pub fn measure(self, area: HtmlElement) {
        let measured = area.clone();
        let measure = move || {
            let width = f64::from(measured.client_width());
            let height = f64::from(measured.client_height());
            let free = measured.query_selector(".free").ok().flatten();
            if let Some(free) = free.and_then(|free| free.dyn_into::<HtmlElement>().ok()) {
                self.free.set(Rect {
                    x: f64::from(free.offset_left()),
                    y: f64::from(free.offset_top()),
                    width: f64::from(free.offset_width()),
                    height: f64::from(free.offset_height()),
                });
            }
            self.size.set((width, height));
        };
        measure();
        let changed = Closure::<dyn FnMut()>::new(measure);
        if let Ok(observer) = ResizeObserver::new(changed.as_ref().unchecked_ref()) {
            observer.observe(&area);
            let kept = StoredValue::new_local((observer, changed));
            on_cleanup(move || {
                let _ = kept.try_with_value(|(observer, _)| observer.disconnect());
            });
        }
    }

    /// Where the own picture stands (`person` none) or that of the person of this number.
    fn place(self, others: usize, person: Option<usize>) -> Rect {
        let (width, height) = self.size.get();
        let free = self.free.get();
        match (others, person) {
            (0 | 1, None) => {
                let size = grid::corner_size(width, height, self.own_shape.get());
                self.corner.get().place(size, free)
            }
            (1, Some(_)) => Rect {
                x: 0.0,
                y: 0.0,
                width,
                height,
            },
            (others, person) => {
                let tiles = grid::grid(others + 1, free.width, free.height);
                let tile = tiles.get(person.unwrap_or(others)).copied();
                let tile = tile.unwrap_or_default();
                Rect {
                    x: tile.x + free.x,
                    y: tile.y + free.y,
                    ..tile
                }
            }
        }
    }

    /// Keeps a tile where it stands, from now on.
    pub fn keep(self, ui: Ui, id: Option<String>, tile: HtmlElement) -> Seat {
        let seat = Seat {
            tile: StoredValue::new_local(tile),
            at: StoredValue::new(None),
        };
        let mine = ui.memo(move |view| {
            let mut people = view.people.iter();
            let number = id
                .as_ref()
                .and_then(|id| people.position(|person| person.id.as_str() == id));
            (view.people.len(), number)
        });
        Effect::new(move |before: Option<(f64, f64)>| {
            let (others, number) = mine.get();
            let window = window_size();
            // While the window itself changes its size, tiles stay with it.
            seat.move_to(self.place(others, number), before == Some(window));
            window
        });
        seat
    }

    pub fn corner(self) -> Corner {
        self.corner.get_untracked()
    }

    /// Puts the own picture into a corner, and remembers it.
    pub fn set_corner(self, corner: Corner) {
        dom::remember(CORNER_KEY, corner.as_str());
        self.corner.set(corner);
    }

    /// Lets go of the own picture; speed in pixels per millisecond.
    pub fn let_go(self, seat: Seat, speed: (f64, f64)) {
        if let Some(at) = seat.at.get_value() {
            let free = self.free.get_untracked();
            self.set_corner(Corner::nearest(at, speed, free));
        }
    }
}

fn window_size() -> (f64, f64) {
    let number = |name| dom::property(&window(), name).as_f64().unwrap_or_default();
    (number("innerWidth"), number("innerHeight"))
}

/// A tile and where it is seen now.
#[derive(Clone, Copy)]
pub struct Seat {
    tile: StoredValue<HtmlElement, LocalStorage>,
    at: StoredValue<Option<Rect>>,
}

impl Seat {
    /// Puts the tile there at once, and lets it glide from where it was.
    fn move_to(self, to: Rect, glide: bool) {
        if to.width <= 0.0 {
            return;
        }
        let from = self.at.get_value();
        self.at.set_value(Some(to));
        self.tile.with_value(|tile| {
            put(tile, to);
            if let Some(from) = from.filter(|from| glide && *from != to && !dom::still()) {
                animate(tile, from, to);
            }
        });
    }

    /// Moves it by hand.
    pub fn drag(self, by: (f64, f64)) {
        if let Some(mut at) = self.at.get_value() {
            at.x += by.0;
            at.y += by.1;
            self.at.set_value(Some(at));
            self.tile.with_value(|tile| put(tile, at));
        }
    }
}

fn put(tile: &HtmlElement, at: Rect) {
    dom::set_style(tile, "width", &[&number(at.width), "px"].concat());
    dom::set_style(tile, "height", &[&number(at.height), "px"].concat());
    dom::set_style(tile, "transform", &translate(at, ""));
}

fn translate(at: Rect, more: &str) -> String {
    [
        "translate(",
        &number(at.x),
        "px,",
        &number(at.y),
        "px)",
        more,
    ]
    .concat()
}

/// `Element.animate`: only the transform, so that nothing else of the page is laid out anew.
fn animate(tile: &HtmlElement, from: Rect, to: Rect) {
    let scale = [
        " scale(",
        &number(from.width / to.width),
        ",",
        &number(from.height / to.height),
        ")",
    ]
    .concat();
    let frames = js_sys::Array::new();
    for transform in [translate(from, &scale), translate(to, " scale(1,1)")] {
        frames.push(&object(&[("transform", transform.into())]));
    }
    let options = object(&[("duration", GLIDE_MS.into()), ("easing", "ease-out".into())]);
    dom::call_method(tile, "animate", &[&frames, &options]);
}

fn object(entries: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in entries {
        // Setting a property of a plain object does not fail.
        let _ = js_sys::Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object.into()
}
