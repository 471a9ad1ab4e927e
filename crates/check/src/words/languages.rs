//! The words themselves. Every language has all of them, or this does not compile.

/// `{x}` and `{y}` stand for what belongs there.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) title: &'static str,
    pub(super) close: &'static str,
    pub(super) copy: &'static str,
    pub(super) copied: &'static str,
    pub(super) not_copied: &'static str,
    pub(super) again: &'static str,

    pub(super) testing: &'static str,
    pub(super) good: &'static str,
    pub(super) weak: &'static str,
    pub(super) through_tcp: &'static str,
    pub(super) direct_only: &'static str,
    pub(super) no_way: &'static str,
    pub(super) no_server: &'static str,

    pub(super) mark_waiting: &'static str,
    pub(super) mark_good: &'static str,
    pub(super) mark_note: &'static str,
    pub(super) mark_bad: &'static str,

    pub(super) server: &'static str,
    pub(super) udp: &'static str,
    pub(super) relay_udp: &'static str,
    pub(super) relay_tcp: &'static str,
    pub(super) relay_tls: &'static str,

    pub(super) waiting: &'static str,
    pub(super) trying: &'static str,
    pub(super) untried: &'static str,
    pub(super) not_offered: &'static str,
    pub(super) no_udp_advice: &'static str,

    /// `{x}`: the round trip.
    pub(super) by_web_socket: &'static str,
    /// `{x}`: the round trip.
    pub(super) by_requests: &'static str,
    /// `{x}`: the host.
    pub(super) web_sockets_advice: &'static str,
    pub(super) udp_good: &'static str,
    /// `{x}`: the round trip.
    pub(super) nothing_lost: &'static str,
    /// `{x}`: the round trip, `{y}`: percent.
    pub(super) some_lost: &'static str,
    pub(super) lossy_advice: &'static str,
    pub(super) long_advice: &'static str,

    pub(super) busy: &'static str,
    pub(super) busy_advice: &'static str,
    pub(super) wrong_origin: &'static str,
    pub(super) in_its_place: &'static str,
    pub(super) login_advice: &'static str,
    pub(super) refused: &'static str,
    /// `{x}`: the code.
    pub(super) refused_with: &'static str,
    pub(super) nothing_arrived: &'static str,
    pub(super) no_answer: &'static str,
    pub(super) not_through: &'static str,
    pub(super) offline_advice: &'static str,
    pub(super) operator_advice: &'static str,
    /// `{x}`: the host, `{y}`: the port.
    pub(super) udp_advice: &'static str,
    /// `{x}`: the host, `{y}`: the port.
    pub(super) udp_advice_alone: &'static str,
    pub(super) tls_instead: &'static str,
    pub(super) tcp_instead: &'static str,
    pub(super) udp_instead: &'static str,
    /// `{x}`: the host, `{y}`: the port.
    pub(super) tls_advice: &'static str,
}

pub(super) const EN: Words = Words {
    title: "Connection test",
    close: "Close",
    copy: "Copy results",
    copied: "Copied.",
    not_copied: "The browser did not allow copying.",
    again: "Test again",

    testing: "Testing. This takes a few seconds.",
    good: "Calls connect from here.",
    weak: "Calls connect from here, but the connection is weak.",
    through_tcp: "Calls connect from here, through TCP.",
    direct_only: "Some calls connect from here, others do not: nothing gets through the server.",
    no_way: "Calls do not connect from here, unless both people are in the same network.",
    no_server: "The server cannot be reached.",

    mark_waiting: "…",
    mark_good: "OK",
    mark_note: "note",
    mark_bad: "problem",

    server: "Server",
    udp: "UDP",
    relay_udp: "Through the server, over UDP",
    relay_tcp: "Through the server, over TCP",
    relay_tls: "Through the server, over TLS",

    waiting: "Waiting for the server.",
    trying: "Trying.",
    untried: "Not tried.",
    not_offered: "Not offered by this server.",
    no_udp_advice: "Calls go through TCP, with more delay. Whoever runs the server can let UDP in.",

    by_web_socket: "By WebSocket, {x} there and back.",
    by_requests: "By HTTP requests, {x} there and back. No WebSocket gets through.",
    web_sockets_advice: "Calls work like this. If they stutter when people come and go, ask your network's administrator to let WebSockets to {x} through.",
    udp_good: "Gets through, so calls can go directly from browser to browser.",
    nothing_lost: "{x} there and back, nothing lost.",
    some_lost: "{x} there and back, {y}\u{a0}% lost.",
    lossy_advice: "Too much is lost: sound and picture will break up. Go nearer to the Wi-Fi, use a cable, or stop what else is using the network.",
    long_advice: "The way is long: people will talk over each other. Another network may be quicker.",

    busy: "It takes no more from here just now.",
    busy_advice: "Try again in a minute.",
    wrong_origin: "It does not accept the address of this page.",
    in_its_place: "Something in front of it answers in its place.",
    login_advice: "Reload this page to log in. Whoever runs the server has to let /ws, /events and /send through without a login.",
    refused: "It was refused.",
    refused_with: "It was refused with {x}.",
    nothing_arrived: "It opens, but nothing comes through.",
    no_answer: "No answer.",
    not_through: "Does not get through.",
    offline_advice: "See whether this device is online. The server may be restarting: try again in a minute.",
    operator_advice: "Send these results to whoever runs the server. There, crabcall doctor tells more.",
    udp_advice: "Calls work, through TCP, with more delay. Ask your network's administrator to allow UDP port {y} to {x}, or try another network.",
    udp_advice_alone: "Ask your network's administrator to allow UDP port {y} to {x}, or try another network.",
    tls_instead: "Calls do not need it: TLS gets through.",
    tcp_instead: "Calls do not need it: TCP gets through.",
    udp_instead: "Calls do not need it here: UDP gets through.",
    tls_advice: "Something on the way passes on nothing but web pages. Ask your network's administrator to let TCP port {y} to {x} through as it is, or try another network.",
};

pub(super) const DE: Words = Words {
    title: "Verbindungstest",
    close: "Schließen",
    copy: "Ergebnis kopieren",
    copied: "Kopiert.",
    not_copied: "Der Browser hat das Kopieren nicht erlaubt.",
    again: "Noch einmal testen",

    testing: "Der Test läuft. Das dauert ein paar Sekunden.",
    good: "Von hier kommen Anrufe zustande.",
    weak: "Von hier kommen Anrufe zustande, aber die Verbindung ist schwach.",
    through_tcp: "Von hier kommen Anrufe zustande, über TCP.",
    direct_only: "Von hier kommen manche Anrufe zustande, andere nicht: Über den Server kommt nichts durch.",
    no_way: "Von hier kommen keine Anrufe zustande, außer innerhalb desselben Netzes.",
    no_server: "Der Server ist nicht erreichbar.",

    mark_waiting: "…",
    mark_good: "OK",
    mark_note: "Hinweis",
    mark_bad: "Problem",

    server: "Server",
    udp: "UDP",
    relay_udp: "Über den Server, mit UDP",
    relay_tcp: "Über den Server, mit TCP",
    relay_tls: "Über den Server, mit TLS",

    waiting: "Wartet auf den Server.",
    trying: "Wird versucht.",
    untried: "Nicht versucht.",
    not_offered: "Bietet dieser Server nicht an.",
    no_udp_advice: "Anrufe gehen über TCP, mit mehr Verzögerung. Wer den Server betreibt, kann UDP zulassen.",

    by_web_socket: "Über WebSocket, {x} hin und zurück.",
    by_requests: "Über HTTP-Anfragen, {x} hin und zurück. WebSockets kommen nicht durch.",
    web_sockets_advice: "So geht es auch. Wenn es stockt, sobald jemand kommt oder geht, bitte die Verwaltung deines Netzes, WebSockets zu {x} durchzulassen.",
    udp_good: "Kommt durch, also können Anrufe direkt von Browser zu Browser gehen.",
    nothing_lost: "{x} hin und zurück, nichts verloren.",
    some_lost: "{x} hin und zurück, {y}\u{a0}% verloren.",
    lossy_advice: "Es geht zu viel verloren: Ton und Bild werden aussetzen. Geh näher ans WLAN, nimm ein Kabel oder beende, was das Netz sonst benutzt.",
    long_advice: "Der Weg ist lang: Man wird sich ins Wort fallen. Ein anderes Netz ist vielleicht schneller.",

    busy: "Nimmt von hier gerade nichts mehr an.",
    busy_advice: "Versuch es in einer Minute noch einmal.",
    wrong_origin: "Er nimmt die Adresse dieser Seite nicht an.",
    in_its_place: "Etwas davor antwortet an seiner Stelle.",
    login_advice: "Lad diese Seite neu, um dich anzumelden. Wer den Server betreibt, muss /ws, /events und /send ohne Anmeldung durchlassen.",
    refused: "Wurde abgelehnt.",
    refused_with: "Wurde mit {x} abgelehnt.",
    nothing_arrived: "Öffnet sich, aber es kommt nichts durch.",
    no_answer: "Keine Antwort.",
    not_through: "Kommt nicht durch.",
    offline_advice: "Sieh nach, ob dieses Gerät online ist. Vielleicht startet der Server gerade neu: Versuch es in einer Minute noch einmal.",
    operator_advice: "Schick dieses Ergebnis dem, der den Server betreibt. Dort sagt crabcall doctor mehr.",
    udp_advice: "Anrufe gehen trotzdem, über TCP, mit mehr Verzögerung. Bitte die Verwaltung deines Netzes, UDP-Port {y} zu {x} zu erlauben, oder versuch es in einem anderen Netz.",
    udp_advice_alone: "Bitte die Verwaltung deines Netzes, UDP-Port {y} zu {x} zu erlauben, oder versuch es in einem anderen Netz.",
    tls_instead: "Anrufe brauchen es nicht: TLS kommt durch.",
    tcp_instead: "Anrufe brauchen es nicht: TCP kommt durch.",
    udp_instead: "Anrufe brauchen es hier nicht: UDP kommt durch.",
    tls_advice: "Etwas auf dem Weg lässt nichts als Webseiten durch. Bitte die Verwaltung deines Netzes, TCP-Port {y} zu {x} unverändert durchzulassen, oder versuch es in einem anderen Netz.",
};
