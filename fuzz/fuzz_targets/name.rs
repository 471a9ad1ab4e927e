//! Whatever a name is made of, it is short, holds nothing that disturbs, and is clean.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::{Name, limits};

fuzz_target!(|text: &str| {
    let name = Name::clean(text);
    assert!(name.as_str().chars().count() <= limits::NAME_CHARS);
    assert!(!name.as_str().chars().any(char::is_control));
    assert!(!name.as_str().contains(['\u{202E}', '\u{2066}', '\u{FEFF}']));
    assert!(!name.as_str().contains("  "));
    assert_eq!(name.as_str(), name.as_str().trim());
    assert_eq!(Name::clean(name.as_str()), name);
});
