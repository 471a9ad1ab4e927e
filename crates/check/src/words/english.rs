//! The English texts. A translation is a line below its English text in the file of its language,
//! which is loaded together with the page's own translations.

/// Declares a constant for each text and, for the tests, a list of all texts.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident: $text:literal,)*) => {
        $($(#[$doc])* pub(super) const $name: &str = $text;)*

        #[cfg(test)]
        pub(super) const ALL: &[&str] = &[$($name),*];
    };
}

// `{x}` and `{y}` are replaced by values; the comment above a text says by which.
texts! {
    TITLE: "Connection test",
    CLOSE: "Close",
    COPY: "Copy results",
    COPIED: "Copied.",
    NOT_COPIED: "The browser did not allow copying.",
    AGAIN: "Test again",

    TESTING: "Testing. This takes a few seconds.",
    GOOD: "Calls connect from here.",
    WEAK: "Calls connect from here, but the connection is weak.",
    THROUGH_TCP: "Calls connect from here, through TCP.",
    DIRECT_ONLY: "Some calls connect from here, others do not: nothing gets through the server.",
    NO_WAY: "Calls do not connect from here, unless both people are in the same network.",
    NO_SERVER: "The server cannot be reached.",

    MARK_WAITING: "…",
    MARK_GOOD: "OK",
    MARK_NOTE: "note",
    MARK_BAD: "problem",

    SERVER: "Server",
    UDP: "UDP",
    RELAY_UDP: "Through the server, over UDP",
    RELAY_TCP: "Through the server, over TCP",
    RELAY_TLS: "Through the server, over TLS",

    WAITING: "Waiting for the server.",
    TRYING: "Trying.",
    UNTRIED: "Not tried.",
    NOT_OFFERED: "Not offered by this server.",
    NO_UDP_ADVICE: "Calls go through TCP, with more delay. Whoever runs the server can let UDP in.",

    /// `{x}`: the round trip.
    BY_WEB_SOCKET: "By WebSocket, {x} there and back.",
    /// `{x}`: the round trip.
    BY_REQUESTS: "By HTTP requests, {x} there and back. No WebSocket gets through.",
    /// `{x}`: the host.
    WEB_SOCKETS_ADVICE: "Calls work like this. If they stutter when people come and go, ask your network's administrator to let WebSockets to {x} through.",
    UDP_GOOD: "Gets through, so calls can go directly from browser to browser.",
    /// `{x}`: the round trip.
    NOTHING_LOST: "{x} there and back, nothing lost.",
    /// `{x}` is the round trip, `{y}` the loss in percent.
    SOME_LOST: "{x} there and back, {y}\u{a0}% lost.",
    LOSSY_ADVICE: "Too much is lost: sound and picture will break up. Go nearer to the Wi-Fi, use a cable, or stop what else is using the network.",
    LONG_ADVICE: "The way is long: people will talk over each other. Another network may be quicker.",

    BUSY: "It takes no more from here just now.",
    BUSY_ADVICE: "Try again in a minute.",
    WRONG_ORIGIN: "It does not accept the address of this page.",
    IN_ITS_PLACE: "Something in front of it answers in its place.",
    LOGIN_ADVICE: "Reload this page to log in. Whoever runs the server has to let /ws, /events and /send through without a login.",
    REFUSED: "It was refused.",
    /// `{x}`: the code.
    REFUSED_WITH: "It was refused with {x}.",
    NOTHING_ARRIVED: "It opens, but nothing comes through.",
    NO_ANSWER: "No answer.",
    NOT_THROUGH: "Does not get through.",
    OFFLINE_ADVICE: "See whether this device is online. The server may be restarting: try again in a minute.",
    OPERATOR_ADVICE: "Send these results to whoever runs the server. There, crabcall doctor tells more.",
    /// `{x}`: the host, `{y}`: the port.
    UDP_ADVICE: "Calls work, through TCP, with more delay. Ask your network's administrator to allow UDP port {y} to {x}, or try another network.",
    /// `{x}`: the host, `{y}`: the port.
    UDP_ADVICE_ALONE: "Ask your network's administrator to allow UDP port {y} to {x}, or try another network.",
    TLS_INSTEAD: "Calls do not need it: TLS gets through.",
    TCP_INSTEAD: "Calls do not need it: TCP gets through.",
    UDP_INSTEAD: "Calls do not need it here: UDP gets through.",
    /// `{x}`: the host, `{y}`: the port.
    TLS_ADVICE: "Something on the way passes on nothing but web pages. Ask your network's administrator to let TCP port {y} to {x} through as it is, or try another network.",
}
