//! What can happen.

use proptest::prelude::*;

/// How many rooms are played with.
pub const ROOMS: usize = 3;

/// One thing that happens. `who`, `whom` and `which` are taken modulo what there is.
#[derive(Debug, Clone)]
pub enum Step {
    Open,
    /// A socket breaks.
    Lose {
        who: usize,
    },
    Peek {
        who: usize,
        room: usize,
    },
    /// With a code that was given once, or else a made-up one.
    Find {
        who: usize,
        which: usize,
    },
    JoinAsHost {
        who: usize,
        room: usize,
    },
    JoinAsGuest {
        who: usize,
        room: usize,
    },
    /// With the secret of another room.
    JoinWithWrongSecret {
        who: usize,
        room: usize,
    },
    /// With a ticket that was given once, for its room or another.
    JoinWithTicket {
        who: usize,
        which: usize,
        right: bool,
    },
    Offer {
        who: usize,
        whom: usize,
    },
    Media {
        who: usize,
        camera: bool,
    },
    Rename {
        who: usize,
        name: u8,
    },
    Code {
        who: usize,
    },
    Remove {
        who: usize,
        whom: usize,
    },
    Readmit {
        who: usize,
        which: usize,
    },
    MakeHost {
        who: usize,
        whom: usize,
    },
    Away {
        who: usize,
    },
    Lock {
        who: usize,
        locked: bool,
    },
    Leave {
        who: usize,
    },
    Ping {
        who: usize,
    },
    Unknown {
        who: usize,
    },
    Undecodable {
        who: usize,
    },
    Wait {
        ms: u64,
    },
    Restart,
}

pub fn step() -> impl Strategy<Value = Step> {
    let who = || 0..8_usize;
    let room = || 0..ROOMS;
    prop_oneof![
        6 => Just(Step::Open),
        2 => who().prop_map(|who| Step::Lose { who }),
        2 => (who(), room()).prop_map(|(who, room)| Step::Peek { who, room }),
        1 => (who(), 0..4_usize).prop_map(|(who, which)| Step::Find { who, which }),
        4 => (who(), room()).prop_map(|(who, room)| Step::JoinAsHost { who, room }),
        6 => (who(), room()).prop_map(|(who, room)| Step::JoinAsGuest { who, room }),
        1 => (who(), room()).prop_map(|(who, room)| Step::JoinWithWrongSecret { who, room }),
        4 => (who(), 0..12_usize, prop::bool::weighted(0.9))
            .prop_map(|(who, which, right)| Step::JoinWithTicket { who, which, right }),
        2 => (who(), 0..6_usize).prop_map(|(who, whom)| Step::Offer { who, whom }),
        1 => (who(), any::<bool>()).prop_map(|(who, camera)| Step::Media { who, camera }),
        1 => (who(), 0..3_u8).prop_map(|(who, name)| Step::Rename { who, name }),
        1 => who().prop_map(|who| Step::Code { who }),
        2 => (who(), 0..6_usize).prop_map(|(who, whom)| Step::Remove { who, whom }),
        1 => (who(), 0..3_usize).prop_map(|(who, which)| Step::Readmit { who, which }),
        1 => (who(), 0..6_usize).prop_map(|(who, whom)| Step::MakeHost { who, whom }),
        1 => who().prop_map(|who| Step::Away { who }),
        2 => (who(), any::<bool>()).prop_map(|(who, locked)| Step::Lock { who, locked }),
        2 => who().prop_map(|who| Step::Leave { who }),
        1 => who().prop_map(|who| Step::Ping { who }),
        1 => who().prop_map(|who| Step::Unknown { who }),
        1 => who().prop_map(|who| Step::Undecodable { who }),
        3 => prop_oneof![1..500_u64, 1_900..2_100_u64, 9_000..11_000_u64, 20_000..61_000_u64]
            .prop_map(|ms| Step::Wait { ms }),
        1 => prop::bool::weighted(0.2).prop_map(|yes| if yes { Step::Restart } else { Step::Open }),
    ]
}
