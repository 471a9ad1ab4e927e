//! A value that the page follows.

use std::any::Any;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;
use std::time::Duration;

use reactive_graph::signal::ArcTrigger;
use reactive_graph::traits::{Notify, Track};

use super::dom::Timer;
use super::el::at_end;

/// What Leptos's `RwSignal` is, of which each type of value would bring some kilobytes of code to
/// the page: here only the value has a type, and what follows it is woken by a trigger. This is the
/// number of a value that is kept as long as the part of the page that it is made in, so that it can
/// be copied into whatever uses it.
pub struct Live<T> {
    number: u32,
    of: PhantomData<fn() -> T>,
}

thread_local! {
    static KEPT: RefCell<Kept> = const { RefCell::new(Kept { values: Vec::new(), made: 0 }) };
}

/// All values, in the order they were made.
struct Kept {
    values: Vec<(u32, Rc<Value<dyn Any>>)>,
    made: u32,
}

struct Value<T: ?Sized> {
    changed: ArcTrigger,
    cell: T,
}

impl<T> Clone for Live<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Live<T> {}

impl<T: 'static> Live<T> {
    /// It lasts as long as the part of the page that it is made in.
    pub fn new(value: T) -> Self {
        Self {
            number: keep(Rc::new(Value {
                changed: ArcTrigger::new(),
                cell: RefCell::new(value),
            })),
            of: PhantomData,
        }
    }

    /// Follows the value.
    pub fn track(self) {
        track(self.number);
    }

    /// Reads the value, and follows it where signals are followed.
    pub fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.track();
        self.with_untracked(read)
    }

    /// Reads the value as it is now, and follows nothing.
    pub fn with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> R {
        match kept(self.number) {
            Some(value) => read(&cell(&value).borrow()),
            None => unreachable!("what reads it goes away no later"),
        }
    }

    pub fn set(self, value: T) {
        self.update(|old| *old = value);
    }

    /// Changes the value, if it is still there: something may come late for a part that is gone.
    pub fn update(self, change: impl FnOnce(&mut T)) {
        if let Some(value) = kept(self.number) {
            change(&mut cell(&value).borrow_mut());
            notify(value);
        }
    }
}

impl<T: Clone + 'static> Live<T> {
    /// The value, followed where signals are followed.
    pub fn get(self) -> T {
        self.with(T::clone)
    }

    pub fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }
}

fn keep(value: Rc<Value<dyn Any>>) -> u32 {
    let number = KEPT.with_borrow_mut(|kept| {
        kept.made += 1;
        kept.values.push((kept.made, value));
        kept.made
    });
    at_end(move || {
        let gone = KEPT.with_borrow_mut(|kept| {
            let place = kept.values.iter().position(|(other, _)| *other == number);
            place.map(|place| kept.values.remove(place))
        });
        // It may hold what uses other values while it goes.
        drop(gone);
    });
    number
}

// These stand in the page once, and not wherever some type of value is used.

#[inline(never)]
fn kept(number: u32) -> Option<Rc<Value<dyn Any>>> {
    KEPT.with_borrow(|kept| {
        let mut values = kept.values.iter();
        let found = values.find(|(other, _)| *other == number);
        found.map(|(_, value)| Rc::clone(value))
    })
}

#[inline(never)]
fn track(number: u32) {
    if let Some(value) = kept(number) {
        value.changed.track();
    }
}

#[inline(never)]
fn notify(value: Rc<Value<dyn Any>>) {
    value.changed.notify();
}

fn cell<T: 'static>(value: &Value<dyn Any>) -> &RefCell<T> {
    match value.cell.downcast_ref() {
        Some(cell) => cell,
        None => unreachable!("it was made of this type"),
    }
}

/// A value that changes every second while what reads it is there.
pub fn every_second() -> Live<u32> {
    let second = Live::new(0_u32);
    let timer = Timer::every(Duration::from_secs(1), move || {
        second.update(|second| *second = second.wrapping_add(1));
    });
    at_end(move || drop(timer));
    second
}
