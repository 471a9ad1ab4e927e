//! Loads the page as a browser does: whether it comes at all, what its headers forbid, and whether
//! its scripts, styles and WASM come with the right content type.

use std::time::{Duration, SystemTime};

use super::{
    answer::Answer,
    cause::Cause,
    door::Door,
    in_time,
    reach::{too_many, was_closed},
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
            let trouble = if was_closed(&problem) {
                too_many("a connection is taken and closed before an answer")
            } else {
                let fix = "see whether this port is the server's, and what the server's log says";
                Trouble::new(Cause::NotCrabcall, problem, fix)
            };
            report.failed_at(LINK, trouble);
            return None;
        }
    };
    clock(&answer, report);
    if !answer.status.is_success() || !answer.is_html() {
        report.failed_at(LINK, answer.trouble(path, &door.page()));
        return None;
    }
    if !is_page_path(path) && !is_at_root_too(door, path).await {
        let trouble = Trouble::new(
            Cause::PathPrefix,
            format!("it is below {path}, and what it loads is not there"),
            "Crabcall needs a name or a port of its own, not a path: give it a host of its own in the proxy in front",
        );
        report.failed_at(LINK, trouble);
        return None;
    }
    if !answer.body.contains("Crabcall") {
        report.failed_at(LINK, answer.trouble(path, &door.page()));
        return None;
    }
    let mut troubles = troubles(&answer);
    for (part, kind) in parts(&answer.body) {
        match in_time(door.look(&part)).await {
            Ok(found) => troubles.extend(part_trouble(&part, kind, &found)),
            Err(problem) => {
                let fix = "find out what keeps it from coming";
                let seen = format!("{part}: {problem}");
                troubles.push(Trouble::new(Cause::MissingPart, seen, fix));
            }
        }
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
async fn is_at_root_too(door: &Door, path: &str) -> bool {
    let root = in_time(door.get("/info.json", "application/json")).await;
    let root = root.is_ok_and(|it| it.status.is_success() && it.body.contains("\"network_urls\""));
    root && in_time(door.look(path))
        .await
        .is_ok_and(|it| it.status.is_success())
}

/// What is wrong with the headers and the text of the page.
fn troubles(answer: &Answer) -> Vec<Trouble> {
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
    let body = answer.body.to_ascii_lowercase();
    for (mark, name) in [
        ("rocket-loader", "Cloudflare's Rocket Loader"),
        ("/cdn-cgi/", "Cloudflare"),
        ("pagespeed", "PageSpeed"),
    ] {
        if body.contains(mark) {
            troubles.push(Trouble::new(
                Cause::Rewritten,
                format!("{name} changes the page on its way"),
                "switch off there what changes scripts and pages; the browser's security refuses what it adds",
            ));
            break;
        }
    }
    troubles
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

/// What the content type of a part has to begin with.
type Kind = &'static str;

/// The scripts, styles and programs that the document names, on its own host.
fn parts(html: &str) -> Vec<(String, Kind)> {
    let mut parts = Vec::new();
    for attribute in ["src=\"", "href=\""] {
        for rest in html.split(attribute).skip(1) {
            let path = rest.split('"').next().unwrap_or_default();
            let kind = match path.rsplit('.').next() {
                Some("js") => "text/javascript",
                Some("css") => "text/css",
                Some("wasm") => "application/wasm",
                _ => continue,
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

fn part_trouble(part: &str, kind: Kind, found: &Answer) -> Option<Trouble> {
    if !found.status.is_success() {
        return Some(Trouble::new(
            Cause::MissingPart,
            format!("{part} is answered with {}", found.status.as_u16()),
            "have the proxy in front pass every path on",
        ));
    }
    let content_type = found.header("content-type");
    (!content_type.starts_with(kind)).then(|| {
        Trouble::new(
            Cause::ContentType,
            format!("{part} comes as {content_type:?} and not as {kind}"),
            "have what is in front leave Content-Type as it is: browsers run nothing that is called something else",
        )
    })
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
                ("/app.1.js".to_owned(), "text/javascript"),
                ("/app.1.wasm".to_owned(), "application/wasm")
            ]
        );
    }
}
