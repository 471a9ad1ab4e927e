//! A value that the page follows.

use std::any::Any;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use leptos::prelude::*;

/// What Leptos's `RwSignal` is, of which each type of value would bring some kilobytes of code to
/// the page: here only the value has a type, and what follows it is woken by a trigger.
pub struct Live<T> {
    value: StoredValue<Rc<dyn Any>, LocalStorage>,
    changed: Trigger,
    of: PhantomData<fn() -> T>,
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
            value: StoredValue::new_local(Rc::new(RefCell::new(value))),
            changed: Trigger::new(),
            of: PhantomData,
        }
    }

    /// Follows the value.
    pub fn track(self) {
        self.changed.track();
    }

    /// Reads the value, and follows it where signals are followed.
    pub fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.track();
        self.with_untracked(read)
    }

    /// Reads the value as it is now, and follows nothing.
    pub fn with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(&self.cell().borrow())
    }

    pub fn set(self, value: T) {
        self.update(|old| *old = value);
    }

    pub fn update(self, change: impl FnOnce(&mut T)) {
        change(&mut self.cell().borrow_mut());
        self.changed.notify();
    }

    fn cell(self) -> Rc<RefCell<T>> {
        match self.value.get_value().downcast() {
            Ok(cell) => cell,
            Err(_) => unreachable!("it was made of this type"),
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
