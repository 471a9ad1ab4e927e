//! Whatever a broken server or browser says, in whatever order, the engine does not panic, grows
//! without bound or breaks its contract.

use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..4_000)) {
        sim::abuse(&bytes);
    }
}
