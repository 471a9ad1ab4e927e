//! The causes of trouble that the doctor can name.

use serde::Serialize;

/// Why something does not work. In JSON it is one word, such as `no_address`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The name has no address.
    NoAddress,
    /// Nobody answers at the address.
    Unreachable,
    /// One of several addresses of the name leads nowhere.
    DeadAddress,
    /// A Crabcall runs on this computer, but the address does not lead to it from here.
    NoWayBack,
    /// Connections are closed before anything is said. The server does this when an address has too
    /// many.
    TooMany,
    /// The port speaks plain HTTP.
    PlainHttp,
    /// The port does not speak TLS.
    NoTls,
    /// The certificate can't be read, or browsers refuse it for another reason.
    CertificateRefused,
    /// The certificate has ended.
    CertificateEnded,
    /// The certificate is not yet good.
    CertificateEarly,
    /// The certificate is for other names.
    CertificateName,
    /// The certificate was signed by the server's own authority.
    OwnAuthority,
    /// The certificate was signed by an authority that browsers don't know.
    UnknownAuthority,
    /// The server does not send the intermediate certificate, which links its own to the
    /// authority's.
    ChainIncomplete,
    /// The clocks differ.
    Clock,
    /// The server does not know the name it was asked for.
    UnknownName,
    /// The server can't read the name it was asked for.
    UnreadableHost,
    /// Something in front wants a login.
    Login,
    /// The page is served below a path, but its scripts and styles are not.
    PathPrefix,
    /// Something else than Crabcall answers.
    NotCrabcall,
    /// A proxy in front does not reach Crabcall.
    ProxyDown,
    /// A header forbids camera, microphone or screen.
    PermissionsPolicy,
    /// There is a Content-Security-Policy that is not the server's own.
    ContentPolicy,
    /// The page was changed on its way.
    Rewritten,
    /// A script, style or program of the page comes with a wrong content type.
    ContentType,
    /// A script, style or program of the page does not come.
    MissingPart,
    /// The page's origin is not the one that the server expects.
    Origin,
    /// The request for a WebSocket arrives as an ordinary one.
    NoUpgrade,
    /// Answers are kept back until they are whole.
    Buffered,
    /// Messages don't get through, and it is not known why.
    NoSignalling,
    /// The server has no relay.
    NoRelay,
    /// UDP does not get through.
    NoUdp,
    /// UDP does not get through, and there is no other way for media.
    NoMedia,
    /// Media goes by UDP alone.
    OnlyUdp,
    /// TURN by TCP or TLS does not get through.
    NoTurn,
    /// The relay's ports are closed.
    RelayPorts,
    /// The relay's ports could not be tried from here.
    RelayPortsUntried,
    /// Others can't reach the relayed address that the relay gives out.
    RelayedAddress,
    /// The fault is this program's or this computer's.
    Here,
}
