//! What the answer to a request of the fallback tells of who gave it. Where the server is asked, a
//! proxy, a login or a network's own page may answer in its place.

use protocol::WrongOrigin;

/// What stands between the page and its server, and is not mended by trying again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// The server takes the page for one of another site.
    WrongOrigin(WrongOrigin),
    /// Something in front of the server wants a login, or shows a page of its own.
    Login,
    /// Something in front of the server does not pass the request on, and answers with this status.
    NotPassedOn { status: u16 },
}

/// How a request went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A status of 200 to 299, and read to its end.
    Done,
    /// A status of 400 to 499: the server knows no such session (any more).
    Refused,
    /// Something else than the server answered, or the server does not want this page.
    Blocked(Obstacle),
    /// Anything else: worth another try.
    Failed,
}

/// The head of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    /// It sends the browser elsewhere (a status of 300 to 399, which the browser does not tell).
    pub is_redirect: bool,
    /// The header `Content-Type`.
    pub content_type: String,
    /// The header [`protocol::REFUSED`].
    pub refused: Option<String>,
}

impl Reply {
    /// How the request went; `is_first` for one that is to open a session, to which the server
    /// itself never says that there is nothing.
    pub fn outcome(&self, is_first: bool) -> Outcome {
        let is_html = self.content_type.starts_with("text/html");
        let obstacle = match (self.status, &self.refused) {
            (_, Some(why)) => Obstacle::WrongOrigin(WrongOrigin::read(why)),
            // 511 is what a network says that wants a login (RFC 6585, section 6).
            (401 | 407 | 511, _) => Obstacle::Login,
            _ if self.is_redirect => Obstacle::Login,
            (200..=299 | 403, _) if is_html => Obstacle::Login,
            // The server was asked for a name that it does not know.
            (421, _) => Obstacle::WrongOrigin(WrongOrigin::ProxyHost),
            (status @ (403 | 404 | 405 | 410), _) if is_first => Obstacle::NotPassedOn { status },
            (200..=299, _) => return Outcome::Done,
            (400..=499, _) => return Outcome::Refused,
            _ => return Outcome::Failed,
        };
        Outcome::Blocked(obstacle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, content_type: &str) -> Reply {
        Reply {
            status,
            content_type: content_type.to_owned(),
            ..Reply::default()
        }
    }

    #[test]
    fn what_answers_in_the_place_of_the_server_is_known() {
        let html = "text/html; charset=utf-8";
        let not_passed_on = |status| Outcome::Blocked(Obstacle::NotPassedOn { status });
        let login = Outcome::Blocked(Obstacle::Login);
        let host = Outcome::Blocked(Obstacle::WrongOrigin(WrongOrigin::ProxyHost));
        for (status, content_type, first, later) in [
            (200, "text/event-stream", Outcome::Done, Outcome::Done),
            (204, "", Outcome::Done, Outcome::Done),
            (200, html, login, login),
            (401, "", login, login),
            (403, html, login, login),
            (407, "", login, login),
            (511, html, login, login),
            (403, "", not_passed_on(403), Outcome::Refused),
            (404, html, not_passed_on(404), Outcome::Refused),
            (405, "", not_passed_on(405), Outcome::Refused),
            (400, "", Outcome::Refused, Outcome::Refused),
            (421, "text/plain", host, host),
            (502, html, Outcome::Failed, Outcome::Failed),
            (503, "", Outcome::Failed, Outcome::Failed),
        ] {
            let reply = reply(status, content_type);
            assert_eq!(reply.outcome(true), first, "{status}");
            assert_eq!(reply.outcome(false), later, "{status}");
        }
    }

    #[test]
    fn a_redirect_is_a_login() {
        let reply = Reply {
            is_redirect: true,
            ..Reply::default()
        };
        assert_eq!(reply.outcome(true), Outcome::Blocked(Obstacle::Login));
    }

    #[test]
    fn the_servers_own_reason_goes_first() {
        for why in WrongOrigin::ALL {
            let reply = Reply {
                refused: Some(why.as_str().to_owned()),
                ..reply(403, "application/json")
            };
            let blocked = Outcome::Blocked(Obstacle::WrongOrigin(why));
            assert_eq!(reply.outcome(true), blocked);
        }
    }
}
