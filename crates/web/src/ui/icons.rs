//! The page's own line icons: 24 by 24, one weight, drawn in the colour of the text.

use super::el::{El, svg};

/// A picture, as the `d` of one path.
pub type Icon = &'static str;

pub const MICROPHONE: Icon =
    "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21";
pub const MICROPHONE_OFF: Icon = "M9 9v2a3 3 0 0 0 4.5 2.6M15 10V6a3 3 0 0 0-5.8-1.1M5.5 11a6.5 6.5 0 0 0 10 5.5M18.5 11c0 1.1-.3 2.2-.8 3.1M12 17.5V21M4 3.5l16 17";
pub const CAMERA: Icon = "M5.5 6.5h8a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-8a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2zM15.5 11l5-3v8l-5-3";
pub const CAMERA_OFF: Icon = "M10 6.5h3.5a2 2 0 0 1 2 2V12M15.5 11l5-3v8l-3-1.8M14.6 17.2a2 2 0 0 1-1.1.3h-8a2 2 0 0 1-2-2v-7c0-.9.6-1.7 1.5-1.9M4 3.5l16 17";
pub const SCREEN: Icon = "M5 4.5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2zM8 20h8M12 13.5v-6M9.3 10l2.7-2.7 2.7 2.7";
pub const PEOPLE: Icon = "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5c.4-3.3 3-5.5 6.5-5.5s6.1 2.2 6.5 5.5M16 4.8a3.5 3.5 0 0 1 0 6.4M18.3 14.6c1.8.9 2.9 2.6 3.2 4.9";
pub const CHAT: Icon = "M6 4.5h12a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-6.5L7 20.5v-4H6a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2zM8 9h8M8 12.5h5";
pub const SEND: Icon = "M12 19.5v-15M5.5 11L12 4.5l6.5 6.5";
pub const MORE: Icon = "M5 12a.7.7 0 1 0 1.4 0a.7.7 0 1 0-1.4 0M11.3 12a.7.7 0 1 0 1.4 0a.7.7 0 1 0-1.4 0M17.6 12a.7.7 0 1 0 1.4 0a.7.7 0 1 0-1.4 0";
pub const CARET: Icon = "M7 14.5l5-5 5 5";
pub const LEAVE: Icon = "M3.5 14.5c-.6-1.5-.3-2.9.8-3.8 4.6-3.6 10.8-3.6 15.4 0 1.1.9 1.4 2.3.8 3.8-.3.8-.9 1-1.7.8l-3.1-.9c-.6-.2-.9-.6-.9-1.2v-1.7a9.5 9.5 0 0 0-5.6 0v1.7c0 .6-.3 1-.9 1.2l-3.1.9c-.8.2-1.4 0-1.7-.8z";
pub const INVITE: Icon = "M10 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3.5 19.5c.4-3.3 3-5.5 6.5-5.5 1.2 0 2.4.3 3.3.8M18 13.5v6M15 16.5h6";
pub const DETAILS: Icon = "M3.5 12.5h4l2.5-7 4 13 2.5-6h4";
pub const CLOSE: Icon = "M6 6l12 12M18 6L6 18";
pub const COPY: Icon = "M10 8.5h8a1.5 1.5 0 0 1 1.5 1.5v8a1.5 1.5 0 0 1-1.5 1.5h-8A1.5 1.5 0 0 1 8.5 18v-8A1.5 1.5 0 0 1 10 8.5zM5.5 15.5A1.5 1.5 0 0 1 4.5 14V6A1.5 1.5 0 0 1 6 4.5h8a1.5 1.5 0 0 1 1.4 1";
pub const DONE: Icon = "M5 12.5l4.5 4.5L19 7.5";
pub const SHARE: Icon = "M12 14.5v-11M8 7l4-3.7L16 7M7 11H6a1.5 1.5 0 0 0-1.5 1.5V19A1.5 1.5 0 0 0 6 20.5h12a1.5 1.5 0 0 0 1.5-1.5v-6.5A1.5 1.5 0 0 0 18 11h-1";
pub const SETTINGS: Icon = "M4 7.5h9M17 7.5h3M4 16.5h3M11 16.5h9M15 9.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM9 18.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4z";
pub const FULL_SCREEN: Icon = "M4 9V5.5A1.5 1.5 0 0 1 5.5 4H9M15 4h3.5A1.5 1.5 0 0 1 20 5.5V9M20 15v3.5a1.5 1.5 0 0 1-1.5 1.5H15M9 20H5.5A1.5 1.5 0 0 1 4 18.5V15";
pub const PICTURE: Icon = "M11 18.5H5.5a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2h13a2 2 0 0 1 2 2V11M14.5 14h5a1 1 0 0 1 1 1v3.5a1 1 0 0 1-1 1h-5a1 1 0 0 1-1-1V15a1 1 0 0 1 1-1z";
pub const KEYBOARD: Icon = "M5 6.5h14a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2zM7 10.5h.01M10.5 10.5h.01M14 10.5h.01M17.5 10.5h.01M8.5 14h7";
pub const LOCK: Icon = "M7 10.5h10a1.5 1.5 0 0 1 1.5 1.5v6.5A1.5 1.5 0 0 1 17 20H7a1.5 1.5 0 0 1-1.5-1.5V12A1.5 1.5 0 0 1 7 10.5zM8.5 10.5V7.5a3.5 3.5 0 0 1 7 0v3";
pub const SPEAKER: Icon =
    "M4 9.5v5h3.5l4.5 4v-13l-4.5 4zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11";
pub const SPEAKER_OFF: Icon = "M4 9.5v5h3.5l4.5 4v-13l-4.5 4zM16 9.5l5 5M21 9.5l-5 5";
pub const TALKING: Icon = "M5 10v4M9.5 7v10M14.5 9v6M19 6v12";
pub const MOVE: Icon = "M12 3.5v17M3.5 12h17M9.5 6L12 3.5 14.5 6M9.5 18l2.5 2.5 2.5-2.5M6 9.5L3.5 12 6 14.5M18 9.5l2.5 2.5-2.5 2.5";
pub const HOME: Icon =
    "M4.5 11L12 4.5l7.5 6.5M6.5 9.5V18A1.5 1.5 0 0 0 8 19.5h8a1.5 1.5 0 0 0 1.5-1.5V9.5";

/// Draws one. It says nothing by itself: what it stands in has a name.
pub fn icon(d: Icon) -> El {
    svg("svg", "icon")
        .attr("viewBox", "0 0 24 24")
        .attr("aria-hidden", "true")
        .child(svg("path", "").attr("d", d))
}
