//! Loads the page as a browser does: whether it comes at all, what its headers forbid, and whether
//! its scripts, styles and WASM come with the right content type.

use std::time::{Duration, SystemTime};

use super::{
    answer::Answer,
    cause::Cause,
    door::Door,
    error::Error,
    in_time,
    reach::too_many,
    report::{Report, Trouble},
    words,
};
use crate::http::CONTENT_SECURITY_POLICY_BEGINS;

const LINK: &str = "page";
/// Clocks may differ by so much. Credentials for the relay last five minutes.
const CLOCKS: Duration = Duration::from_secs(60);
/// The features of the browser that a call needs.
const NEEDED: [&str; 3] = ["camera", "microphone", "display-capture"];
/// How many parts of a page are tried. Crabcall's has about four; another page may have many.
const MAX_PARTS: usize = 12;

/// Loads the page. None if the checks after it would tell nothing.
pub(super) async fn examine(door: &Door, report: &mut Report) -> Option<()> {
    let path = door.target.path.as_str();
    let answer = match in_time(door.get(path, "text/html")).await {
        Ok(answer) => answer,
        Err(problem) => {
            let trouble = match problem {
                Error::Closed(_) => too_many("a connection is taken and closed before an answer"),
                problem => {
                    let fix =
                        "see whether this port is the server's, and what the server's log says";
                    Trouble::new(Cause::NotCrabcall, problem, fix)
                }
            };
            report.failed_at(LINK, trouble);
            return None;
        }
    };
    clock(&answer, report);
    let is_ours = answer.is_html() && answer.body.contains("Crabcall");
    // A proxy may take the path off what it passes on, or not: then our server answers with 404.
    if is_ours && !is_page_path(path) && !is_at_root(door).await {
        let trouble = Trouble::new(
            Cause::PathPrefix,
            format!("it is below {path}, and what it loads is not there"),
            "Crabcall needs a name or a port of its own, not a path: give it a host of its own in the proxy in front",
        );
        report.failed_at(LINK, trouble);
        return None;
    }
    if !is_ours || !answer.status.is_success() {
        report.failed_at(LINK, answer.trouble(path, &door.page()));
        return None;
    }
    let mut troubles = header_troubles(&answer);
    match rewritten(&answer.body) {
        // Other faults of such a page follow from this one, so they are not looked for.
        Some(trouble) => troubles.push(trouble),
        None => troubles.extend(examine_parts(door, &answer.body, report).await),
    }
    if troubles.is_empty() {
        report.good(
            LINK,
            "comes whole, and nothing forbids camera or microphone",
        );
    }
    for trouble in troubles {
        report.failed_at(LINK, trouble);
    }
    Some(())
}

/// Whether Crabcall serves its page at this path.
fn is_page_path(path: &str) -> bool {
    path == "/" || path.starts_with("/r/")
}

/// Whether a Crabcall answers at the root of the address as well, so that the path in it is only a
/// mistake.
async fn is_at_root(door: &Door) -> bool {
    let root = in_time(door.get("/info.json", "application/json")).await;
    root.is_ok_and(|it| it.status.is_success() && it.body.contains("\"network_urls\""))
}

/// What is wrong with the headers of the page.
fn header_troubles(answer: &Answer) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    let permissions = answer.header("permissions-policy");
    let forbidden: Vec<&str> = NEEDED
        .into_iter()
        .filter(|feature| forbids(&permissions, feature))
        .collect();
    if !forbidden.is_empty() {
        troubles.push(Trouble::new(
            Cause::PermissionsPolicy,
            format!(
                "a Permissions-Policy header forbids {}",
                forbidden.join(", ")
            ),
            "something in front adds it: take that header out there, Crabcall sends its own",
        ));
    }
    let policies: Vec<&str> = answer
        .headers
        .get_all("content-security-policy")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let is_ours = |policy: &&str| policy.starts_with(CONTENT_SECURITY_POLICY_BEGINS);
    if let Some(other) = policies.iter().find(|policy| !is_ours(policy)) {
        let other: String = other.chars().take(60).collect();
        troubles.push(Trouble::new(
            Cause::ContentPolicy,
            format!("there is a Content-Security-Policy that is not Crabcall's: {other}"),
            "something in front adds it, and the page does not run with it: take that header out there, Crabcall \
             sends its own",
        ));
    }
    troubles
}

/// What changed the text of the page on its way, if something did.
fn rewritten(html: &str) -> Option<Trouble> {
    let text = html.to_ascii_lowercase();
    let marks = [
        ("rocket-loader", "Cloudflare's Rocket Loader"),
        ("/cdn-cgi/", "Cloudflare"),
        ("pagespeed", "PageSpeed"),
    ];
    let known = marks.iter().find(|(mark, _)| text.contains(mark));
    let who = known.map_or("something in front", |(_, name)| name);
    let idle = idle_script(html);
    if known.is_none() && idle.is_none() {
        return None;
    }
    let what = match idle {
        Some(kind) => format!(
            "{who} changes the page on its way: its script has the type {kind:?}, which no browser runs"
        ),
        None => format!("{who} changes the page on its way"),
    };
    Some(Trouble::new(
        Cause::Rewritten,
        what,
        "switch off there what changes scripts and pages, for this host at least; the browser's security refuses what \
         it adds",
    ))
}

/// The type of the first script of the page that no browser runs: something has put it in the place
/// of `module`, to run the script by itself later.
fn idle_script(html: &str) -> Option<&str> {
    let tags = html.split("<script").skip(1);
    let tags = tags.filter_map(|rest| rest.split('>').next());
    tags.filter(|tag| tag.contains(" src=\"/"))
        .filter_map(|tag| tag.split(" type=\"").nth(1)?.split('"').next())
        .find(|kind| !matches!(*kind, "module" | "") && !is_script_type(kind))
}

/// Whether a Permissions-Policy denies a feature to the page.
fn forbids(policy: &str, feature: &str) -> bool {
    policy.split(',').any(|directive| {
        let Some((name, allowed)) = directive.trim().split_once('=') else {
            return false;
        };
        name.trim() == feature && !["self", "*"].iter().any(|it| allowed.contains(it))
    })
}

/// What a part of the page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Script,
    Style,
    Program,
}

impl Kind {
    fn of(path: &str) -> Option<Self> {
        match path.rsplit('.').next() {
            Some("js") => Some(Self::Script),
            Some("css") => Some(Self::Style),
            Some("wasm") => Some(Self::Program),
            _ => None,
        }
    }

    /// The content type that the server sends it with.
    fn content_type(self) -> &'static str {
        match self {
            Self::Script => "text/javascript",
            Self::Style => "text/css",
            Self::Program => "application/wasm",
        }
    }

    /// Whether browsers accept this part of the page with this content type.
    fn is_known_as(self, content_type: &str) -> bool {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        match self {
            Self::Script => is_script_type(essence),
            Self::Style => essence.eq_ignore_ascii_case(self.content_type()),
            // Without parameters (WebAssembly Web API, "compile a potential WebAssembly response").
            Self::Program => content_type.eq_ignore_ascii_case(self.content_type()),
        }
    }
}

/// Whether browsers run what has this content type (WHATWG MIME Sniffing, section 4.6).
fn is_script_type(essence: &str) -> bool {
    let essence = essence.to_ascii_lowercase();
    let (kind, name) = essence.split_once('/').unwrap_or_default();
    let name = name.strip_prefix("x-").unwrap_or(name);
    matches!(kind, "text" | "application") && matches!(name, "javascript" | "ecmascript")
}

/// The scripts, styles and programs that the document names, on its own host.
fn parts(html: &str) -> Vec<(String, Kind)> {
    let mut parts = Vec::new();
    for attribute in ["src=\"", "href=\""] {
        for rest in html.split(attribute).skip(1) {
            let path = rest.split('"').next().unwrap_or_default();
            let Some(kind) = Kind::of(path) else {
                continue;
            };
            let part = (path.to_owned(), kind);
            if path.starts_with('/') && !path.starts_with("//") && !parts.contains(&part) {
                parts.push(part);
            }
        }
    }
    parts.truncate(MAX_PARTS);
    parts
}

/// Loads what the page names, and returns what is wrong with it. What does no harm becomes a note.
async fn examine_parts(door: &Door, html: &str, report: &mut Report) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    for (part, kind) in parts(html) {
        let found = match in_time(door.look(&part)).await {
            Ok(found) => found,
            Err(problem) => {
                let fix = "find out what keeps it from coming";
                let seen = format!("{part}: {problem}");
                troubles.push(Trouble::new(Cause::MissingPart, seen, fix));
                continue;
            }
        };
        if !found.status.is_success() {
            troubles.push(Trouble::new(
                Cause::MissingPart,
                format!("{part} is answered with {}", found.status.as_u16()),
                "have the proxy in front pass every path on",
            ));
            continue;
        }
        let content_type = found.header("content-type");
        if kind.is_known_as(&content_type) {
            continue;
        }
        let wanted = kind.content_type();
        let seen = format!("{part} comes as {content_type:?} and not as {wanted}");
        // The page compiles what comes, whatever it is called; but a document is no program.
        if kind == Kind::Program && !found.is_html() {
            let fix = "the page starts all the same, but browsers may compile it anew each time: have what is in front \
                       leave Content-Type as it is";
            report.note(LINK, Trouble::new(Cause::ContentType, seen, fix));
        } else {
            let fix = "have what is in front leave Content-Type as it is: browsers run nothing that is called something \
                       else";
            troubles.push(Trouble::new(Cause::ContentType, seen, fix));
        }
    }
    troubles
}

/// Compares this computer's clock with what the server says it is.
fn clock(answer: &Answer, report: &mut Report) {
    const CLOCK: &str = "clock";
    let Ok(server) = httpdate::parse_http_date(&answer.header("date")).map_err(words) else {
        return;
    };
    let here = SystemTime::now();
    let apart = here
        .duration_since(server)
        .unwrap_or_else(|it| it.duration());
    if apart <= CLOCKS {
        return report.good(CLOCK, "the server's and this computer's agree");
    }
    let seen = format!(
        "this computer's and the server's are {} s apart",
        apart.as_secs()
    );
    let fix = "set the wrong one right, by NTP: certificates and tickets are dated";
    report.failed_at(CLOCK, Trouble::new(Cause::Clock, seen, fix));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_read() {
        for (policy, forbidden) in [
            ("camera=()", true),
            ("geolocation=(), camera=( )", true),
            ("camera=(\"https://other.example\")", true),
            ("camera=(self)", false),
            ("camera=*", false),
            ("geolocation=(), usb=()", false),
            ("", false),
        ] {
            assert_eq!(forbids(policy, "camera"), forbidden, "{policy}");
        }
    }

    #[test]
    fn the_parts_of_a_page_are_found() {
        let html = "<link rel=\"preload\" href=\"/app.1.wasm\"><script src=\"/app.1.js\"></script>\
                    <script src=\"//elsewhere.example/x.js\"></script><a href=\"/r/x\">\
                    <link rel=\"modulepreload\" href=\"/app.1.js\">";
        assert_eq!(
            parts(html),
            [
                ("/app.1.js".to_owned(), Kind::Script),
                ("/app.1.wasm".to_owned(), Kind::Program)
            ]
        );
    }

    #[test]
    fn a_content_type_is_taken_as_browsers_take_it() {
        for (kind, content_type, is_known) in [
            (Kind::Script, "text/javascript; charset=utf-8", true),
            (Kind::Script, "application/x-javascript", true),
            (Kind::Script, "text/plain", false),
            (Kind::Script, "", false),
            (Kind::Style, "text/css;charset=utf-8", true),
            (Kind::Style, "text/plain", false),
            (Kind::Program, "application/wasm", true),
            (Kind::Program, "application/wasm; charset=utf-8", false),
        ] {
            assert_eq!(kind.is_known_as(content_type), is_known, "{content_type}");
        }
    }

    #[test]
    fn a_script_that_no_browser_runs_is_found() {
        for (html, found) in [
            ("<script type=\"module\" src=\"/app.1.js\"></script>", None),
            ("<script src=\"/app.1.js\"></script>", None),
            (
                "<script type=\"text/rocketscript\" src=\"/app.1.js\">",
                Some("text/rocketscript"),
            ),
            (
                "<script data-x src=\"/app.1.js\" type=\"0a1b-module\">",
                Some("0a1b-module"),
            ),
            ("<script type=\"application/json\">{}</script>", None),
        ] {
            assert_eq!(idle_script(html), found, "{html}");
            assert_eq!(rewritten(html).is_some(), found.is_some(), "{html}");
        }
    }
}
