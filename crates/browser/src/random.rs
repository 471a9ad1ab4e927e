//! What the engine must be given because it has none of its own: randomness and the time of day.

/// Fresh random bytes; none if the browser gives none.
pub fn bytes() -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let crypto = web_sys::window()?.crypto().ok()?;
    crypto.get_random_values_with_u8_array(&mut bytes).ok()?;
    Some(bytes)
}

/// The time of day, in milliseconds since 1970.
pub fn unix_ms() -> u64 {
    // `as` saturates, and the clock of a browser is a whole number of milliseconds.
    js_sys::Date::now() as u64
}
