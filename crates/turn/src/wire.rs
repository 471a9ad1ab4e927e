//! The numbers that STUN and TURN messages are made of (RFC 8489, sections 5 and 14; RFC 8656,
//! sections 17 and 18).

/// The length of a STUN message's header.
pub const HEADER: usize = 20;
/// What tells STUN from its predecessor.
pub const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];

pub(crate) const USERNAME: u16 = 0x0006;
pub(crate) const MESSAGE_INTEGRITY: u16 = 0x0008;
pub(crate) const ERROR_CODE: u16 = 0x0009;
pub(crate) const UNKNOWN_ATTRIBUTES: u16 = 0x000A;
pub(crate) const CHANNEL_NUMBER: u16 = 0x000C;
pub(crate) const LIFETIME: u16 = 0x000D;
pub(crate) const XOR_PEER_ADDRESS: u16 = 0x0012;
pub(crate) const DATA: u16 = 0x0013;
pub(crate) const REALM: u16 = 0x0014;
pub(crate) const NONCE: u16 = 0x0015;
pub(crate) const XOR_RELAYED_ADDRESS: u16 = 0x0016;
pub(crate) const REQUESTED_ADDRESS_FAMILY: u16 = 0x0017;
pub(crate) const REQUESTED_TRANSPORT: u16 = 0x0019;
pub(crate) const DONT_FRAGMENT: u16 = 0x001A;
pub(crate) const XOR_MAPPED_ADDRESS: u16 = 0x0020;
pub(crate) const FINGERPRINT: u16 = 0x8028;

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// RFC 8489, section 3.
    Binding,
    /// RFC 8656, section 7.
    Allocate,
    /// RFC 8656, section 8.
    Refresh,
    /// Data for a peer (RFC 8656, section 11).
    Send,
    /// Data from a peer (RFC 8656, section 11).
    Data,
    /// RFC 8656, section 10.
    CreatePermission,
    /// RFC 8656, section 12.
    ChannelBind,
}

/// Who says it to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Wants a response.
    Request,
    /// Wants none.
    Indication,
    /// The good response.
    Success,
    /// The bad response.
    Error,
}

/// The type of a message: the first two bytes.
pub(crate) fn kind(method: Method, class: Class) -> u16 {
    let method = match method {
        Method::Binding => 0x001,
        Method::Allocate => 0x003,
        Method::Refresh => 0x004,
        Method::Send => 0x006,
        Method::Data => 0x007,
        Method::CreatePermission => 0x008,
        Method::ChannelBind => 0x009,
    };
    let class = match class {
        Class::Request => 0x000,
        Class::Indication => 0x010,
        Class::Success => 0x100,
        Class::Error => 0x110,
    };
    method | class
}

/// The method and class of a message type; `None` if either is unknown.
pub(crate) fn method_and_class(kind: u16) -> Option<(Method, Class)> {
    let method = match kind & !0x110 {
        0x001 => Method::Binding,
        0x003 => Method::Allocate,
        0x004 => Method::Refresh,
        0x006 => Method::Send,
        0x007 => Method::Data,
        0x008 => Method::CreatePermission,
        0x009 => Method::ChannelBind,
        _ => return None,
    };
    let class = match kind & 0x110 {
        0x000 => Class::Request,
        0x010 => Class::Indication,
        0x100 => Class::Success,
        _ => Class::Error,
    };
    Some((method, class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_read_back() {
        for method in [
            Method::Binding,
            Method::Allocate,
            Method::Refresh,
            Method::Send,
            Method::Data,
            Method::CreatePermission,
            Method::ChannelBind,
        ] {
            for class in [
                Class::Request,
                Class::Indication,
                Class::Success,
                Class::Error,
            ] {
                let kind = kind(method, class);
                assert_eq!(method_and_class(kind), Some((method, class)));
            }
        }
        assert_eq!(kind(Method::ChannelBind, Class::Error), 0x119);
        assert_eq!(method_and_class(0x000A), None, "Connect, of RFC 6062");
    }
}
