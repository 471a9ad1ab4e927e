//! The area that tiles stand in: measures it, says where each tile stands, and lets them glide.

use std::cell::Cell;
use std::rc::Rc;

use browser::js::object;
use call::{Person, View};
use web_sys::wasm_bindgen::JsCast;
use web_sys::wasm_bindgen::prelude::Closure;
use web_sys::{HtmlElement, ResizeObserver, js_sys};

use super::corner::Corner;
use super::dom::{self, number};
use super::el::{at_end, follow};
use super::grid::{self, Rect};
use super::live::Live;
use super::page::Ui;
use super::who::Who;

/// Where the corner of the own picture is remembered.
const CORNER_KEY: &str = "crabcall.corner";
const GLIDE_MS: f64 = 180.0;

/// The measured area and what moves in it.
#[derive(Clone, Copy)]
pub struct Floor(Live<Measures>);

#[derive(Clone, Copy, PartialEq)]
struct Measures {
    /// The whole area.
    size: (f64, f64),
    /// The part of it that bar and buttons leave free.
    free: Rect,
    corner: Corner,
    /// Width over height of the own picture.
    own_shape: f64,
}

impl Floor {
    pub fn new() -> Self {
        let corner = dom::recall(CORNER_KEY).unwrap_or_default();
        Self(Live::new(Measures {
            size: (0.0, 0.0),
            free: Rect::default(),
            corner: Corner::parse(&corner),
            own_shape: 4.0 / 3.0,
        }))
    }

    /// Measures from now on, whenever the size changes: `area` is the whole, and in it stands,
    /// placed by the style sheet, the element `.free`.
    pub fn measure(self, area: HtmlElement) {
        let free = area.query_selector(".free").ok().flatten();
        let free = free.and_then(|free| free.dyn_into::<HtmlElement>().ok());
        let (whole, part) = (area.clone(), free.clone());
        let measure = move || {
            let size = |side: i32| f64::from(side);
            let free = part.as_ref().map_or(Rect::default(), |free| Rect {
                x: size(free.offset_left()),
                y: size(free.offset_top()),
                width: size(free.offset_width()),
                height: size(free.offset_height()),
            });
            let all = (size(whole.client_width()), size(whole.client_height()));
            self.0.update(|measures| {
                measures.size = all;
                measures.free = free;
            });
        };
        let changed = Closure::<dyn FnMut()>::new(measure);
        if let Ok(observer) = ResizeObserver::new(changed.as_ref().unchecked_ref()) {
            observer.observe(&area);
            // It changes without the whole, when the second person comes.
            if let Some(free) = free {
                observer.observe(&free);
            }
            at_end(move || {
                observer.disconnect();
                drop(changed);
            });
        }
    }

    /// Width over height of the own picture.
    pub fn set_own_shape(self, shape: f64) {
        self.0.update(|measures| measures.own_shape = shape);
    }

    /// Keeps a tile where it stands, from now on.
    pub fn keep(self, ui: Ui, shows: Shows, tile: HtmlElement) -> Seat {
        let seat = Seat {
            tile,
            at: Rc::new(Cell::new(None)),
        };
        let kept = seat.clone();
        let mut window = None;
        let mut before = None;
        follow(Box::new(move || {
            let (company, number) = ui.read(|view| (Company::of(view), shows.number(view)));
            let now = (self.0.get(), company, number);
            if before != Some(now) {
                before = Some(now);
                // While the window itself changes its size, tiles stay with it.
                let glide = window.replace(dom::window_size()) == Some(dom::window_size());
                kept.move_to(now.0.place(company, number), glide);
            }
        }));
        seat
    }

    pub fn corner(self) -> Corner {
        self.0.with_untracked(|measures| measures.corner)
    }

    /// Puts the own picture into a corner, and remembers it.
    pub fn set_corner(self, corner: Corner) {
        dom::remember(CORNER_KEY, corner.as_str());
        self.0.update(|measures| measures.corner = corner);
    }

    /// Lets go of the own picture; speed in pixels per millisecond.
    pub fn let_go(self, seat: &Seat, speed: (f64, f64)) {
        if let Some(at) = seat.at.get() {
            let free = self.0.with_untracked(|measures| measures.free);
            let corner = Corner::nearest(at, speed, free);
            self.set_corner(corner);
            // It may be the corner that it came from.
            seat.move_to(self.0.get_untracked().corner_place(), true);
        }
    }
}

/// What a tile shows.
pub enum Shows {
    /// The own camera.
    Own,
    /// Somebody else.
    Person(Who),
    /// The screen that somebody else shares.
    Screen(Who),
}

impl Shows {
    /// Which one of its kind it is.
    fn number(&self, view: &View) -> Number {
        let place = |who: &Who, of_all: fn(&&Person) -> bool| {
            let mut people = view.people.iter().filter(of_all);
            let found = people.position(|person| person.id.as_str() == who.id());
            found.unwrap_or_default()
        };
        match self {
            Self::Own => Number::Own,
            Self::Person(who) => Number::Person(place(who, |_| true)),
            Self::Screen(who) => Number::Screen(place(who, |person| person.media.screen)),
        }
    }
}

/// A tile, by its number among those of its kind.
#[derive(Clone, Copy, PartialEq)]
enum Number {
    Own,
    Person(usize),
    Screen(usize),
}

/// Who and what has to find a place.
#[derive(Clone, Copy, PartialEq)]
struct Company {
    others: usize,
    screens: usize,
}

impl Company {
    fn of(view: &View) -> Self {
        Self {
            others: view.people.len(),
            screens: shared_screens(view),
        }
    }
}

/// How many others share their screen.
pub fn shared_screens(view: &View) -> usize {
    let people = view.people.iter();
    people.filter(|person| person.media.screen).count()
}

impl Measures {
    fn place(self, company: Company, tile: Number) -> Rect {
        let free = self.free;
        let Company { others, screens } = company;
        if screens > 0 {
            let (stage, strip) = grid::stage(screens, others + 1, free.width, free.height);
            let found = match tile {
                Number::Own => strip.get(others),
                Number::Person(number) => strip.get(number),
                Number::Screen(number) => stage.get(number),
            };
            return self.in_free(found.copied().unwrap_or_default());
        }
        match tile {
            Number::Own => self.corner_place(),
            // A screen that is no longer shared has no place: its tile is being removed.
            Number::Screen(_) => Rect::default(),
            Number::Person(_) if others == 1 => Rect {
                x: 0.0,
                y: 0.0,
                width: self.size.0,
                height: self.size.1,
            },
            Number::Person(number) => {
                let tiles = grid::grid(others, free.width, free.height);
                self.in_free(tiles.get(number).copied().unwrap_or_default())
            }
        }
    }

    /// Where the own picture stands while nobody shares a screen.
    fn corner_place(self) -> Rect {
        let (width, height) = self.size;
        let size = grid::corner_size(width, height, self.own_shape);
        self.corner.place(size, self.free)
    }

    fn in_free(self, tile: Rect) -> Rect {
        Rect {
            x: tile.x + self.free.x,
            y: tile.y + self.free.y,
            ..tile
        }
    }
}

/// A tile and where it is seen now.
#[derive(Clone)]
pub struct Seat {
    tile: HtmlElement,
    at: Rc<Cell<Option<Rect>>>,
}

impl Seat {
    /// Puts the tile there at once, and lets it glide from where it was.
    fn move_to(&self, to: Rect, glide: bool) {
        if to.width <= 0.0 {
            return;
        }
        let from = self.at.replace(Some(to));
        put(&self.tile, to);
        if let Some(from) = from.filter(|from| glide && *from != to && !dom::still()) {
            animate(&self.tile, from, to);
        }
    }

    /// Moves it by hand.
    pub fn drag(&self, by: (f64, f64)) {
        if let Some(mut at) = self.at.get() {
            at.x += by.0;
            at.y += by.1;
            self.at.set(Some(at));
            put(&self.tile, at);
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
        frames.push(&object([("transform", transform.into())]));
    }
    let options = object([("duration", GLIDE_MS.into()), ("easing", "ease-out".into())]);
    dom::call_method(tile, "animate", [&frames, &options]);
}
