//! "Call details": how media gets there, how well, and what happened in which order.

use call::{Details, Path, Sample};
use leptos::prelude::*;
use leptos::svg;
use protocol::ParticipantId;
use web_sys::HtmlSelectElement;
use web_sys::wasm_bindgen::JsCast;

use super::el::{El, button, each, el};
use super::icons::{self, icon};
use super::panel::every_second;
use super::words::{self, fill, say};
use super::{Ui, dom, log_words, plot};

pub fn content(ui: Ui) -> El {
    let people = ui.memo(|view| {
        let people = view.people.iter();
        people
            .map(|person| person.id.as_str().to_owned())
            .collect::<Vec<_>>()
    });
    let chosen = RwSignal::new(String::new());
    let id = Memo::new(move |_| {
        let chosen = chosen.get();
        people.with(|people| {
            let there = people.contains(&chosen);
            if there {
                Some(chosen)
            } else {
                people.first().cloned()
            }
        })
    });
    let second = every_second();
    let details = Memo::new(move |_| {
        second.track();
        let id = ParticipantId::parse(&id.get()?).ok()?;
        ui.world().details(&id)
    });
    let there = Memo::new(move |_| details.with(Option::is_some));
    let none = Memo::new(move |_| !there.get());
    let several = Memo::new(move |_| people.with(|people| people.len() > 1));
    el("div", "details")
        .when(none, move || el("p", "muted").text(say!(ui, details_none)))
        .when(several, move || {
            el("select", "")
                .label(say!(ui, people))
                .on("change", move |event| {
                    if let Some(select) = event.target() {
                        chosen.set(select.unchecked_into::<HtmlSelectElement>().value());
                    }
                })
                .child(each(people, move |id| {
                    let name = ui.person(&id, |person| words::drawn(ui, &person.name));
                    el("option", "")
                        .attr("value", id)
                        .text(name.unwrap_or_default())
                        .into()
                }))
        })
        .when(there, move || {
            el("div", "")
                .child(way(ui, id, details))
                .child(plots(ui, details))
                .child(facts(ui, details))
                .child(log(ui, details))
                .child(copy(ui, details))
        })
}

type Shown = Memo<Option<Details>>;

/// Reads the details there are now.
fn read<T: Default>(details: Shown, read: impl FnOnce(&Details) -> T) -> T {
    details.with(|details| details.as_ref().map(read).unwrap_or_default())
}

fn newest(details: Shown) -> Sample {
    read(details, |details| {
        details.samples.back().copied().unwrap_or_default()
    })
}

/// You — server or direct — them.
fn way(ui: Ui, id: Memo<Option<String>>, details: Shown) -> El {
    let relayed = Memo::new(move |_| {
        read(details, |details| {
            !matches!(details.path, None | Some(Path::Direct))
        })
    });
    let them = move || {
        let id = id.get().unwrap_or_default();
        ui.person(&id, |person| words::drawn(ui, &person.name))
            .unwrap_or_default()
    };
    let numbers = move || {
        let sample = newest(details);
        let round_trip = sample
            .round_trip_ms
            .map(|ms| [&whole(ms), " ms · "].concat());
        let loss = [&tenths(sample.loss_percent), " %"].concat();
        [round_trip.unwrap_or_default(), fill(say!(ui, lost), &loss)].concat()
    };
    let how = move || {
        match read(details, |details| details.path) {
            None => say!(ui, path_unknown),
            Some(Path::Direct) => say!(ui, path_direct),
            Some(Path::RelayUdp) => say!(ui, path_relay_udp),
            Some(Path::RelayTcp) => say!(ui, path_relay_tcp),
            Some(Path::RelayTls) => say!(ui, path_relay_tls),
        }
        .to_owned()
    };
    el("div", "way")
        .child(
            el("div", "ends")
                .child(el("span", "end").text(say!(ui, you)))
                .child(el("span", "line"))
                .when(relayed, move || {
                    el("span", "end server").text(say!(ui, server))
                })
                .child(el("span", "line"))
                .child(el("bdi", "end").text_with(them)),
        )
        .child(el("p", "").text_with(how))
        .child(el("p", "muted").text_with(numbers))
}

fn plots(ui: Ui, details: Shown) -> El {
    el("div", "plots")
        .child(one_plot(
            say!(ui, receiving),
            "kbit/s",
            100.0,
            details,
            |sample| Some(sample.receive_kbps),
        ))
        .child(one_plot(
            say!(ui, sending),
            "kbit/s",
            100.0,
            details,
            |sample| Some(sample.send_kbps),
        ))
        .child(one_plot(
            say!(ui, round_trip),
            "ms",
            50.0,
            details,
            |sample| sample.round_trip_ms,
        ))
        .child(one_plot(say!(ui, loss), "%", 5.0, details, |sample| {
            Some(sample.loss_percent)
        }))
        .child(one_plot(say!(ui, frames), "fps", 30.0, details, |sample| {
            Some(sample.frames_per_second)
        }))
}

fn one_plot(
    title: &'static str,
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
    let picture = svg::svg()
        .attr("viewBox", ["0 0 ", &size.join(" ")].concat())
        .attr("preserveAspectRatio", "none")
        .attr("aria-hidden", "true")
        .child(svg::path().attr("d", line))
        .into_any();
    el("div", "plot")
        .child(
            el("p", "row")
                .child(el("span", "").text(title))
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
                .map(|codec| codec.mime.rsplit('/').next().unwrap_or_default())
                .collect();
            names.join(", ")
        })
    };
    let size = move || {
        read(details, |details| {
            let size = [details.frame_width, details.frame_height];
            size.map(|side| side.to_string()).join(" × ")
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
    el("dl", "facts")
        .child(fact(say!(ui, sending), move || codecs(true)))
        .child(fact(say!(ui, receiving), move || codecs(false)))
        .child(fact(say!(ui, picture), size))
        .child(fact(say!(ui, local_candidate), move || end(false)))
        .child(fact(say!(ui, remote_candidate), move || end(true)))
}

fn fact(name: &'static str, value: impl Fn() -> String + Send + 'static) -> El {
    el("div", "row")
        .child(el("dt", "muted").text(name))
        .child(el("dd", "").text_with(value))
}

fn log(ui: Ui, details: Shown) -> El {
    let entries = Memo::new(move |_| {
        read(details, |details| {
            let log = details.log.iter();
            log.map(|entry| {
                [
                    &log_words::at(entry),
                    " s\t",
                    &log_words::line(&entry.line, true),
                ]
                .concat()
            })
            .collect::<Vec<_>>()
        })
    });
    // Told apart by their numbers: the same may happen twice at the same time.
    let numbered = Memo::new(move |_| {
        let entries = entries.get().into_iter().enumerate();
        entries
            .map(|(number, text)| [&number.to_string(), "\t", &text].concat())
            .collect::<Vec<_>>()
    });
    el("details", "log")
        .child(el("summary", "").text(say!(ui, what_happened)))
        .child(el("ol", "").child(each(numbered, |text| {
            let mut parts = text.split('\t').skip(1);
            let (at, line) = (parts.next(), parts.next());
            el("li", "row")
                .child(el("span", "muted").text(at.unwrap_or_default().to_owned()))
                .child(el("span", "").text(line.unwrap_or_default().to_owned()))
                .into()
        })))
}

fn copy(ui: Ui, details: Shown) -> El {
    let addresses = RwSignal::new(false);
    let copied = RwSignal::new(None::<bool>);
    el("div", "copy")
        .child(super::devices::switch(
            say!(ui, with_addresses),
            addresses.into(),
            move |on| addresses.set(on),
        ))
        .child(
            button("wide", move || {
                let text = details.with_untracked(|details| {
                    let details = details.as_ref();
                    details.map(|details| log_words::report(details, addresses.get_untracked()))
                });
                if let Some(text) = text {
                    dom::copy(&text, move |done| copied.set(Some(done)));
                }
            })
            .child(icon(icons::COPY))
            .text(say!(ui, copy_as_text)),
        )
        .child(
            el("p", "said")
                .attr("aria-live", "polite")
                .text_with(move || {
                    match copied.get() {
                        None => "",
                        Some(true) => say!(ui, copied),
                        Some(false) => say!(ui, not_copied),
                    }
                    .to_owned()
                }),
        )
}

fn whole(number: f32) -> String {
    (number.round() as i64).to_string()
}

/// With one digit after the point.
fn tenths(number: f32) -> String {
    let tenths = (number * 10.0).round() as i64;
    [&(tenths / 10).to_string(), ".", &(tenths % 10).to_string()].concat()
}
