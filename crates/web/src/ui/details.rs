//! "Call details": how media gets there, how well, and what happened in which order.

use call::{Details, Path, Sample, Signalling, SignallingWay};
use protocol::ParticipantId;
use reactive_graph::graph::untrack;
use web_sys::HtmlSelectElement;
use web_sys::wasm_bindgen::JsCast;

use super::el::{El, button, el, follow, svg};
use super::icons::{self, icon};
use super::invite::{COPIED, NOT_COPIED, said};
use super::live::{Live, every_second};
use super::page::Ui;
use super::switch::switch;
use super::words::{self, Say, fill, say};
use super::{dom, log_words, plot};

pub fn content(ui: Ui) -> El {
    let chosen = Live::new(String::new());
    let id = move || {
        let chosen = chosen.get();
        // Somebody who was chosen and has left stays chosen: other figures in the place of theirs
        // would be taken for theirs.
        if chosen.is_empty() {
            ui.people().into_iter().next().unwrap_or_default()
        } else {
            chosen
        }
    };
    let second = every_second();
    let details: Shown = Live::new(None);
    follow(Box::new(move || {
        second.track();
        let id = ParticipantId::parse(&untrack(id)).ok();
        details.set(id.and_then(|id| ui.world().details(&id)));
    }));
    let there = move || details.with(Option::is_some);
    el("div", "details")
        .when(
            move || !there(),
            move || el("p", "muted").say(say!(details_none)),
        )
        .when(
            move || ui.read(|view| view.people.len() > 1),
            move || choice(ui, chosen),
        )
        .when(there, move || {
            el("div", "")
                .child(el("p", "").text_with(move || sentence(ui, &id(), details)))
                .child(way(ui, id, details))
                .child(plots(details))
                .child(facts(ui, details))
                .child(log(details))
                .child(copy(details))
        })
}

/// Whose connection is shown, where there are several.
fn choice(ui: Ui, chosen: Live<String>) -> El {
    el("select", "")
        .label(say!(people))
        .on("change", move |event| {
            if let Some(select) = event.target() {
                chosen.set(select.unchecked_into::<HtmlSelectElement>().value());
            }
        })
        .each(
            move || ui.people(),
            move |id| {
                el("option", "")
                    .attr("value", id)
                    .attr("translate", "no")
                    .text(&name_of(ui, id))
            },
        )
}

fn name_of(ui: Ui, id: &str) -> String {
    let name = ui.person(id, |person| words::drawn(&person.name));
    name.unwrap_or_default()
}

type Shown = Live<Option<Details>>;

/// Reads the details there are now.
fn read<T: Default>(details: Shown, read: impl FnOnce(&Details) -> T) -> T {
    details.with(|details| details.as_ref().map(read).unwrap_or_default())
}

fn newest(details: Shown) -> Sample {
    read(details, |details| {
        details.samples.back().copied().unwrap_or_default()
    })
}

/// How the connection is, in words that anyone understands.
fn sentence(ui: Ui, id: &str, details: Shown) -> String {
    let name = ui.person(id, |person| words::inside(&person.name));
    let quality = ui.person(id, |person| person.quality).unwrap_or_default();
    let how = match read(details, |details| details.path) {
        None => say!(details_no_way),
        Some(Path::Direct) => say!(details_direct),
        Some(_) => say!(details_relayed),
    };
    let how = fill(how, &name.unwrap_or_default());
    match quality.bars {
        0 => how,
        _ => [&words::quality(quality), ". ", &how]
            .concat()
            .replace("..", "."),
    }
}

/// You — server or direct — them.
fn way(ui: Ui, id: impl Fn() -> String + 'static, details: Shown) -> El {
    let relayed = move || {
        read(details, |details| {
            !matches!(details.path, None | Some(Path::Direct))
        })
    };
    let them = move || name_of(ui, &id());
    let numbers = move || {
        let sample = newest(details);
        let round_trip = sample
            .round_trip_ms
            .map(|ms| [&whole(ms), " ms · "].concat());
        let loss = [&tenths(sample.loss_percent), " %"].concat();
        [round_trip.unwrap_or_default(), fill(say!(lost), &loss)].concat()
    };
    let how = move || {
        match read(details, |details| details.path) {
            None => say!(path_unknown),
            Some(Path::Direct) => say!(path_direct),
            Some(Path::RelayUdp) => say!(path_relay_udp),
            Some(Path::RelayTcp) => say!(path_relay_tcp),
            Some(Path::RelayTls) => say!(path_relay_tls),
        }
        .said()
    };
    el("div", "way")
        .child(
            el("div", "ends")
                .child(el("span", "end").say(say!(you)))
                .child(el("span", "line"))
                .when(relayed, move || el("span", "end server").say(say!(server)))
                .child(el("span", "line"))
                .child(el("bdi", "end").attr("translate", "no").text_with(them)),
        )
        .child(el("p", "").text_with(how))
        .child(el("p", "muted").text_with(numbers))
}

fn plots(details: Shown) -> El {
    el("div", "plots")
        .child(one_plot(
            say!(receiving),
            "kbit/s",
            100.0,
            details,
            |sample| Some(sample.receive_kbps),
        ))
        .child(one_plot(
            say!(sending),
            "kbit/s",
            100.0,
            details,
            |sample| Some(sample.send_kbps),
        ))
        .child(one_plot(say!(round_trip), "ms", 50.0, details, |sample| {
            sample.round_trip_ms
        }))
        .child(one_plot(say!(loss), "%", 5.0, details, |sample| {
            Some(sample.loss_percent)
        }))
        .child(one_plot(say!(frames), "fps", 30.0, details, |sample| {
            Some(sample.frames_per_second)
        }))
}

fn one_plot(
    title: Say,
    unit: &'static str,
    least: f32,
    details: Shown,
    number: fn(&Sample) -> Option<f32>,
) -> El {
    let numbers = move || -> Vec<Option<f32>> {
        read(details, |details| {
            details.samples.iter().map(number).collect()
        })
    };
    let now = move || {
        let now = number(&newest(details)).map_or("–".to_owned(), whole);
        [&now, " ", unit].concat()
    };
    let line = move || {
        let numbers = numbers();
        plot::path(&numbers, plot::top(&numbers, least))
    };
    let highest = move || whole(plot::top(&numbers(), least));
    let size = [plot::WIDTH, plot::HEIGHT].map(|side| side.to_string());
    let picture = svg("svg", "")
        .attr("viewBox", &["0 0 ", &size.join(" ")].concat())
        .attr("preserveAspectRatio", "none")
        .attr("aria-hidden", "true")
        .child(svg("path", "").attr_with("d", line));
    el("div", "plot")
        .child(
            el("p", "row")
                .child(el("span", "").say(title))
                .child(el("b", "").text_with(now)),
        )
        .child(picture)
        .child(
            el("span", "top-of")
                .attr("aria-hidden", "true")
                .text_with(highest),
        )
}

/// Codecs, size and candidates.
fn facts(ui: Ui, details: Shown) -> El {
    let codecs = move |sending: bool| {
        read(details, |details| {
            let codecs = details.codecs.iter();
            let names: Vec<&str> = codecs
                .filter(|codec| codec.sending == sending)
                .map(|codec| {
                    let kind = codec.mime.split_once('/');
                    kind.map_or(&*codec.mime, |(_, name)| name)
                })
                .collect();
            names.join(", ")
        })
    };
    let size = move || {
        read(details, |details| {
            let size =
                |width: u32, height: u32| [width, height].map(|it| it.to_string()).join(" × ");
            let camera = size(details.frame_width, details.frame_height);
            if details.screen_width == 0 {
                return camera;
            }
            let screen = size(details.screen_width, details.screen_height);
            [&camera, ", ", &say!(screen).said(), ": ", &screen].concat()
        })
    };
    let end = move |remote: bool| {
        read(details, |details| {
            let pair = details.pair.as_ref();
            pair.map(|pair| {
                let end = if remote { &pair.remote } else { &pair.local };
                log_words::candidate(end, true)
            })
            .unwrap_or_default()
        })
    };
    let list = el("dl", "")
        .child(fact(say!(sending), move || codecs(true)))
        .child(fact(say!(receiving), move || codecs(false)))
        .child(fact(say!(picture), size))
        .child(fact(say!(local_candidate), move || end(false)))
        .child(fact(say!(remote_candidate), move || end(true)))
        .child(fact(say!(signalling), move || signalling(ui).said()));
    el("details", "facts")
        .child(el("summary", "").say(say!(facts)))
        .child(list)
}

fn signalling(ui: Ui) -> Say {
    match ui.read(|view| view.signalling) {
        Signalling::Ready {
            way: SignallingWay::WebSocket,
        } => say!(by_web_socket),
        Signalling::Ready {
            way: SignallingWay::Fallback,
        } => say!(by_requests),
        _ => say!(not_connected),
    }
}

fn fact(name: Say, value: impl Fn() -> String + 'static) -> El {
    el("div", "row")
        .child(el("dt", "muted").say(name))
        .child(el("dd", "").attr("translate", "no").text_with(value))
}

fn log(details: Shown) -> El {
    let entries = move || {
        read(details, |details| {
            // Numbered, for the same may happen twice at the same time.
            let log = details.log.iter().enumerate();
            log.map(|(number, entry)| {
                let line = log_words::line(&entry.line, true);
                [
                    &number.to_string(),
                    "\t",
                    &log_words::at(entry),
                    " s\t",
                    &line,
                ]
                .concat()
            })
            .collect()
        })
    };
    el("details", "log")
        .child(el("summary", "").say(say!(what_happened)))
        .child(el("ol", "").each(entries, |text| {
            let mut parts = text.split('\t').skip(1);
            let mut part = |classes| el("span", classes).text(parts.next().unwrap_or_default());
            el("li", "row").child(part("muted")).child(part(""))
        }))
}

fn copy(details: Shown) -> El {
    let addresses = Live::new(false);
    let copied = Live::new(0);
    el("div", "copy")
        .child(switch(
            say!(with_addresses),
            Say::NOTHING,
            move || addresses.get(),
            move |on| addresses.set(on),
        ))
        .child(
            button("wide", move || {
                let text = details.with_untracked(|details| {
                    let details = details.as_ref();
                    details.map(|details| log_words::report(details, addresses.get_untracked()))
                });
                if let Some(text) = text {
                    dom::copy(&text, move |done| {
                        copied.set(if done { COPIED } else { NOT_COPIED });
                    });
                }
            })
            .child(icon(icons::COPY))
            .say(say!(copy_as_text)),
        )
        .child(said(copied))
}

fn whole(number: f32) -> String {
    (number.round() as i64).to_string()
}

/// With one digit after the point.
fn tenths(number: f32) -> String {
    let tenths = (number * 10.0).round() as i64;
    let (whole, rest) = ((tenths / 10).to_string(), (tenths % 10).to_string());
    [&whole, say!(decimal_point).text(), &rest].concat()
}
