//! Ids and codes that cannot be guessed, from a seed that the owner took from the system.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::{CallCode, ParticipantId};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// How many codes of 8 digits there are.
const CODES: u32 = 100_000_000;

/// A cryptographic generator: the same seed gives the same ids.
pub(crate) struct Random(ChaCha20Rng);

impl Random {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self(ChaCha20Rng::from_seed(seed))
    }

    /// A participant id of 72 random bits.
    pub(crate) fn participant(&mut self) -> Option<ParticipantId> {
        let mut bytes = [0; 9];
        self.0.fill_bytes(&mut bytes);
        ParticipantId::parse(&URL_SAFE_NO_PAD.encode(bytes)).ok()
    }

    /// A call code, each as likely as any other.
    pub(crate) fn code(&mut self) -> Option<CallCode> {
        // The numbers above the last whole multiple would make small codes likelier.
        const LAST: u32 = u32::MAX - u32::MAX % CODES;
        let number = loop {
            let number = self.0.next_u32();
            if number < LAST {
                break number % CODES;
            }
        };
        CallCode::parse(&format!("{number:08}")).ok()
    }

    /// A number that no other is likely to be.
    pub(crate) fn number(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound` (0 if that is 0), for spreading; not quite evenly distributed.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64().checked_rem(bound).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_codes_have_their_shape_and_follow_the_seed() {
        let (mut a, mut b) = (Random::new([1; 32]), Random::new([1; 32]));
        let mut codes = std::collections::BTreeSet::new();
        for _ in 0..1_000 {
            assert_eq!(a.participant().unwrap(), b.participant().unwrap());
            let code = a.code().unwrap();
            assert_eq!(Some(&code), b.code().as_ref());
            codes.insert(code);
        }
        assert!(codes.len() > 990);
        assert_ne!(Random::new([2; 32]).code(), Random::new([1; 32]).code());
        assert_eq!(a.below(0), 0);
        assert!(a.below(3) < 3);
    }
}
