//! Every screen over sample views, without a server: `?` and a name from [`screens`] shows one.
//! For looking at, and for tests of what is hard to bring about. Built for wasm32 with the
//! feature `gallery`; it is no part of the page.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use call::{
    CandidateKind, CandidatePair, CandidateSummary, ChatView, CodeView, Codec, Command,
    ConnectionId, ConnectionState, Details, Device, DeviceKind, Devices, EndReason, GatheringState,
    Hearing, IceState, Level, Link, LogEntry, LogLine, Me, MediaAccess, MediaError, Notice,
    NoticeKind, Path, Person, Problem, Quality, QualityReason, Recent, RoomView, Sample, Screen,
    ScreenContent, SignalingState, Signalling, SignallingWay, Status, View, Waiting,
};
use protocol::{CallCode, Media, Name, ParticipantId, Role, RoomId, RoomSecret, TrackKind};
use web::shell::Shown;
use web::ui::World;
use web_sys::wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlVideoElement, MediaStream, js_sys};
use web_time::Instant;

fn main() {
    let search = web_sys::window().and_then(|window| window.location().search().ok());
    let name = search.unwrap_or_default();
    let name = name.trim_start_matches('?').to_owned();
    web::ui::mount_with(move |show| {
        let view = screen(&name);
        let world = Gallery {
            show,
            view: RefCell::new(view.clone()),
        };
        (Rc::new(view), Box::new(world))
    });
}

/// A world in which nothing happens but what the person does.
struct Gallery {
    show: Box<dyn Fn(Shown)>,
    view: RefCell<View>,
}

impl World for Gallery {
    fn command(&self, command: Command) {
        let mut view = self.view.borrow_mut();
        match command {
            Command::SetMicrophone { on } => view.me.media.microphone = on,
            Command::SetCamera { on } => view.me.media.camera = on,
            Command::SetScreen { on } => {
                view.me.media.screen = on;
                view.me.screen_content = on.then_some(ScreenContent::Text);
            }
            Command::SetOnlySound { on } => view.me.only_sound = on,
            Command::SetMusic { on } => view.me.music = on,
            Command::SetRelayOnly { on } => view.me.relay_only = on,
            Command::SetName { name } => view.me.name = Name::clean(&name),
            Command::SetLocked { locked } => {
                if let Some(room) = &mut view.room {
                    room.locked = locked;
                }
            }
            Command::Remove { participant } => view.people.retain(|one| one.id != participant),
            Command::DismissNotice { id } => view.notices.retain(|notice| notice.id != id),
            Command::ForgetRecents => view.recent.clear(),
            Command::ForgetRecent { room } => view.recent.retain(|recent| recent.room != room),
            Command::StartCall { .. } | Command::OpenRoom { .. } => *view = screen("lobby"),
            Command::Join => *view = screen("two"),
            Command::Leave => *view = screen("left"),
            Command::GoHome => *view = screen("home"),
            _ => return,
        }
        let view = view.clone();
        (self.show)(Shown::View(Rc::new(view)));
    }

    fn details(&self, participant: &ParticipantId) -> Option<Details> {
        Some(details(participant.clone()))
    }

    fn show_own(&self, video: &HtmlVideoElement) {
        (self.show)(Shown::Level(Level(0.6)));
        paint(video, "#3b5b66", 640, 480);
    }

    fn show_person(&self, connection: ConnectionId, kind: TrackKind, video: &HtmlVideoElement) {
        if kind.is_of_screen() {
            return paint(video, "#e8e4df", 1920, 1080);
        }
        let colours = ["#6b4a3a", "#3f5a44", "#5a4a6b", "#6b5b2f", "#2f4f6b"];
        let colour = colours.get(connection.0 as usize % 5).unwrap_or(&"#555");
        paint(video, colour, 1280, 720);
    }

    fn clear(&self, video: &HtmlVideoElement) {
        video.set_src_object(None);
    }

    fn network_origin(&self) -> Option<String> {
        Some("https://192.168.1.20:8443".to_owned())
    }

    fn is_only_here(&self) -> bool {
        false
    }

    fn ask_version(&self, told: Box<dyn FnOnce(Option<String>)>) {
        told(None);
    }

    fn now(&self) -> Instant {
        Instant::now()
    }

    fn new_secret(&self) -> Option<RoomSecret> {
        RoomSecret::parse(&"s".repeat(43)).ok()
    }
}

/// The sample view of this name; home for any other.
fn screen(name: &str) -> View {
    let mut view = home();
    match name {
        "recents" => {
            let names = [&["Ada", "Grace Hopper"][..], &[], &["Barbara Liskov"]];
            for (number, names) in names.iter().enumerate() {
                view.recent.extend(room(number).map(|room| Recent {
                    room,
                    secret: None,
                    at_unix_ms: 1_795_000_000_000 - number as u64 * 90_000_000,
                    names: names.iter().map(|name| Name::clean(name)).collect(),
                }));
            }
        }
        "wrong-code" => {
            view.screen = Screen::Home {
                finding: false,
                problem: Some(Problem::WrongCode),
                elsewhere: None,
            };
        }
        "elsewhere" => {
            view.screen = Screen::Home {
                finding: false,
                problem: Some(Problem::Elsewhere),
                elsewhere: Some("https://other.example/r/AAAAAAAAAAAAAAAAAAAAAA".to_owned()),
            };
        }
        "lobby" => lobby(&mut view, Some(vec![Name::clean("Ada")])),
        "lobby-asking" => {
            lobby(&mut view, Some(Vec::new()));
            view.status = Status::AskingForDevices;
            view.me.media = Media::default();
            view.me.camera = MediaAccess::Opening;
            view.me.microphone = MediaAccess::Opening;
        }
        "lobby-denied" | "lobby-missing" => {
            lobby(&mut view, Some(Vec::new()));
            let error = if name == "lobby-denied" {
                MediaError::Denied
            } else {
                MediaError::Missing
            };
            view.me.media = Media::default();
            view.me.camera = MediaAccess::Failed(error);
            view.me.microphone = MediaAccess::Failed(error);
            view.me.name = Name::default();
        }
        "lobby-waiting" => {
            lobby(&mut view, None);
            view.status = Status::WaitingForCall;
            if let Screen::Lobby { waiting, .. } = &mut view.screen {
                *waiting = Some(Waiting::Call);
            }
        }
        "lobby-full" => {
            lobby(&mut view, None);
            view.status = Status::Full;
            if let Screen::Lobby { waiting, .. } = &mut view.screen {
                *waiting = Some(Waiting::Room);
            }
        }
        "lobby-elsewhere" => {
            lobby(&mut view, Some(vec![Name::clean("Grace Hopper")]));
            if let Screen::Lobby { elsewhere, .. } = &mut view.screen {
                *elsewhere = true;
            }
        }
        "alone" => {
            in_call(&mut view, 0);
            view.status = Status::WaitingForOthers;
        }
        "two" => in_call(&mut view, 1),
        "two-connecting" => {
            in_call(&mut view, 1);
            each(&mut view, |person| {
                person.link = Link::Connecting;
                person.has_picture = false;
            });
            view.status = Status::Connecting {
                name: Name::clean("Ada Lovelace"),
            };
        }
        "two-unstable" => {
            in_call(&mut view, 1);
            each(&mut view, |person| {
                person.quality = Quality {
                    bars: 1,
                    reason: Some(QualityReason::Loss),
                };
            });
            view.status = Status::Unstable {
                name: Name::clean("Ada Lovelace"),
            };
            notices(&mut view);
            view.playback_blocked = true;
        }
        "two-dark" => {
            in_call(&mut view, 1);
            view.me.media = Media::default();
            each(&mut view, |person| person.media = Media::default());
            view.status = Status::Reconnecting {
                name: Name::clean("Ada Lovelace"),
            };
        }
        "three" => in_call(&mut view, 2),
        "five" => in_call(&mut view, 4),
        "hostile" => {
            in_call(&mut view, 1);
            each(&mut view, |person| {
                person.name = Name::clean(
                    "<img src=x onerror=alert(1)> \u{202E}مرحبا بالعالم very long name",
                );
            });
        }
        "left" | "removed" | "lost" => {
            view.screen = Screen::Ended {
                reason: match name {
                    "removed" => EndReason::Removed,
                    "lost" => EndReason::Lost,
                    _ => EndReason::Left,
                },
                lasted: Duration::from_secs(754),
            };
        }
        _ => {}
    }
    view
}

fn home() -> View {
    View {
        screen: Screen::Home {
            finding: false,
            problem: None,
            elsewhere: None,
        },
        status: Status::Quiet,
        signalling: Signalling::Ready {
            way: SignallingWay::WebSocket,
        },
        me: Me {
            participant: None,
            name: Name::clean("Grace"),
            role: Role::Host,
            media: Media {
                microphone: true,
                camera: true,
                screen: false,
                screen_sound: false,
            },
            microphone: MediaAccess::Open,
            camera: MediaAccess::Open,
            microphone_silenced: false,
            camera_silenced: false,
            camera_faces_away: false,
            screen_content: None,
            only_sound: false,
            talking: false,
            music: false,
            relay_only: false,
            bell: true,
            notify: false,
        },
        devices: Devices {
            all: vec![
                device(DeviceKind::Microphone, "m1", "Built-in Audio Analog Stereo"),
                device(DeviceKind::Microphone, "m2", "Blue Yeti"),
                device(DeviceKind::Camera, "c1", "FaceTime HD Camera (Built-in)"),
                device(DeviceKind::Speaker, "s1", "Built-in Speakers"),
            ],
            microphone_id: Some("m2".into()),
            camera_id: Some("c1".into()),
            speaker_id: None,
        },
        room: None,
        people: Vec::new(),
        notices: Vec::new(),
        recent: Vec::new(),
        playback_blocked: false,
        chat: ChatView::default(),
        backs: 0,
        bell: None,
    }
}

fn device(kind: DeviceKind, id: &str, label: &str) -> Device {
    Device {
        kind,
        id: id.into(),
        label: label.into(),
    }
}

fn lobby(view: &mut View, names: Option<Vec<Name>>) {
    view.screen = Screen::Lobby {
        names,
        joining: false,
        waiting: None,
        elsewhere: false,
        problem: None,
    };
    view.status = Status::Ready;
}

fn in_call(view: &mut View, others: usize) {
    view.screen = Screen::Call {
        since: Instant::now(),
    };
    view.status = Status::Connected;
    view.me.participant = ParticipantId::parse("AAAAAAAAAAAA").ok();
    view.room = room(0).map(|id| RoomView {
        id,
        locked: false,
        max_participants: 8,
        code: CallCode::parse("40718832").ok().map(|code| CodeView {
            code,
            expires: Instant::now() + Duration::from_secs(580),
        }),
        kept_out: Vec::new(),
    });
    let names = ["Ada Lovelace", "Barbara Liskov", "Радія Перлман", "Hedy"];
    for (number, name) in names.iter().enumerate().take(others) {
        let id = ["BBBBBBBBBBB", &number.to_string()].concat();
        view.people
            .extend(ParticipantId::parse(&id).map(|id| Person {
                id,
                name: Name::clean(name),
                role: Role::Guest,
                media: Media {
                    microphone: number != 1,
                    camera: number != 2,
                    screen: number == 3,
                    screen_sound: false,
                },
                connection: Some(ConnectionId(number as u32)),
                link: Link::Connected,
                has_picture: true,
                has_screen: true,
                quality: Quality {
                    bars: 3 - (number % 3) as u8,
                    reason: None,
                },
                talking: number == 0,
                hearing: Hearing::default(),
            }));
    }
}

fn each(view: &mut View, change: impl Fn(&mut Person)) {
    view.people.iter_mut().for_each(change);
}

fn notices(view: &mut View) {
    view.notices = vec![
        Notice {
            id: 1,
            kind: NoticeKind::Joined {
                name: Name::clean("Ada Lovelace"),
            },
        },
        Notice {
            id: 2,
            kind: NoticeKind::CameraFailed(MediaError::Busy),
        },
    ];
}

fn room(number: usize) -> Option<RoomId> {
    RoomId::parse(&["AAAAAAAAAAAAAAAAAAAA0", &number.to_string()].concat()).ok()
}

fn details(participant: ParticipantId) -> Details {
    let candidate = |address: &str| CandidateSummary {
        kind: CandidateKind::Host,
        protocol: "udp".into(),
        address: address.into(),
        relay_protocol: None,
    };
    let codec = |mime: &str, sending| Codec {
        mime: mime.into(),
        sending,
    };
    let wave = |number: u32| (f64::from(number) / 9.0).sin() as f32;
    let lines = [
        LogLine::Signaling(SignalingState::HaveLocalOffer),
        LogLine::OfferSent,
        LogLine::Gathering(GatheringState::Gathering),
        LogLine::LocalCandidate(Some(candidate("192.168.1.20:51234"))),
        LogLine::AnswerReceived,
        LogLine::RemoteCandidate(Some(candidate("192.168.1.33:40022"))),
        LogLine::Ice(IceState::Checking),
        LogLine::Ice(IceState::Connected),
        LogLine::State(ConnectionState::Connected),
        LogLine::FirstFrame,
    ];
    Details {
        participant,
        path: Some(Path::Direct),
        pair: Some(CandidatePair {
            local: candidate("192.168.1.20:51234"),
            remote: candidate("192.168.1.33:40022"),
        }),
        codecs: vec![
            codec("audio/opus", true),
            codec("video/VP8", true),
            codec("audio/opus", false),
            codec("video/VP8", false),
        ],
        frame_width: 1280,
        frame_height: 720,
        samples: (0..90)
            .map(|number| Sample {
                send_kbps: 900.0 + 200.0 * wave(number),
                receive_kbps: 1200.0 + 150.0 * wave(number * 3),
                loss_percent: if number % 40 == 7 { 2.4 } else { 0.1 },
                round_trip_ms: Some(18.0 + 6.0 * wave(number * 2)),
                jitter_ms: Some(2.0),
                frames_per_second: 29.0 + wave(number),
            })
            .collect(),
        log: lines
            .into_iter()
            .enumerate()
            .map(|(number, line)| LogEntry {
                at: Duration::from_millis(1_200 + number as u64 * 37),
                line,
            })
            .collect(),
    }
}

/// A picture of somebody, as a stream.
fn paint(video: &HtmlVideoElement, colour: &str, width: u32, height: u32) {
    let painted = (|| -> Result<(), JsValue> {
        let document = web_sys::window()
            .and_then(|window| window.document())
            .ok_or(JsValue::UNDEFINED)?;
        let canvas: HtmlCanvasElement = document.create_element("canvas")?.unchecked_into();
        canvas.set_width(width);
        canvas.set_height(height);
        let context = canvas.get_context("2d")?.ok_or(JsValue::UNDEFINED)?;
        let context: CanvasRenderingContext2d = context.unchecked_into();
        let (w, h) = (f64::from(width), f64::from(height));
        let rest = |fill: &str| context.set_fill_style_str(fill);
        rest(colour);
        context.fill_rect(0.0, 0.0, w, h);
        rest("rgb(255 255 255 / 0.08)");
        context.fill_rect(w * 0.06, h * 0.08, w * 0.24, h * 0.5);
        rest("#d9b08c");
        circle(&context, w / 2.0, h * 0.42, h * 0.19)?;
        rest("#2e2a33");
        circle(&context, w / 2.0, h * 1.06, h * 0.43)?;
        let capture = js_sys::Reflect::get(&canvas, &"captureStream".into())?;
        let capture: js_sys::Function = capture.dyn_into()?;
        let stream: MediaStream = capture.call0(&canvas)?.dyn_into()?;
        video.set_muted(true);
        video.set_src_object(Some(&stream));
        // One frame more, so that the stream begins.
        context.fill_rect(0.0, 0.0, 1.0, 1.0);
        let _ = video.play()?;
        Ok(())
    })();
    if let Err(error) = painted {
        web_sys::console::warn_1(&error);
    }
}

fn circle(context: &CanvasRenderingContext2d, x: f64, y: f64, radius: f64) -> Result<(), JsValue> {
    context.begin_path();
    context.arc(x, y, radius, 0.0, 6.3)?;
    context.fill();
    Ok(())
}
