//! Which contract takes which kind of order, and who fills.

use alloy_primitives::{Address, address};

use super::order::Kind;

/// The Filler that its own code puts here: `contracts/artifacts/deployed.json` (a test compares). It
/// obeys mainnet's exclusive Dutch, V2 and V3 reactors.
pub const FILLER: Address = address!("93d96c6ef566f067bedb7da22c6f7ba0d637bc0a");

/// The reactors of one chain; none of a kind that is not taken there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reactors {
    /// Of exclusive Dutch orders (V1), limit orders among them.
    pub dutch: Option<Address>,
    /// Of V2 Dutch orders.
    pub v2: Option<Address>,
    /// Of V3 Dutch orders.
    pub v3: Option<Address>,
    /// Of priority orders.
    pub priority: Option<Address>,
}

impl Reactors {
    /// The reactors of a chain, as UniswapX's README (52299e91) and the SDK's `REACTOR_ADDRESS_MAPPING`
    /// agree: mainnet and Base. None of any other.
    pub const fn of_chain(chain: u64) -> Self {
        match chain {
            1 => Self {
                dutch: Some(address!("6000da47483062A0D734Ba3dc7576Ce6A0B645C4")),
                v2: Some(address!("00000011F84B9aa48e5f8aA8B9897600006289Be")),
                v3: Some(address!("0000000015757c461808EA25Eb309638B62681cf")),
                priority: None,
            },
            8453 => Self {
                dutch: None,
                v2: None,
                v3: Some(address!("000000008a8330B5d1F43A62Bf4C673A49f27ba0")),
                priority: Some(address!("000000001Ec5656dcdB24D90DFa42742738De729")),
            },
            _ => Self { dutch: None, v2: None, v3: None, priority: None },
        }
    }

    /// The kind of orders that a contract takes.
    pub fn kind(&self, reactor: Address) -> Option<Kind> {
        let all = [
            (self.dutch, Kind::Dutch),
            (self.v2, Kind::V2),
            (self.v3, Kind::V3),
            (self.priority, Kind::Priority),
        ];
        all.into_iter().find(|(known, _)| *known == Some(reactor)).map(|(_, kind)| kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filler_is_where_its_code_puts_it() {
        let deployed = include_str!("../../../contracts/artifacts/deployed.json");
        let deployed: serde_json::Value = serde_json::from_str(deployed).unwrap();
        let address = &deployed["contracts"]["Filler"]["address"];
        assert_eq!(address.as_str(), Some(&*format!("{FILLER:#x}")));
    }

    #[test]
    fn the_filler_obeys_mainnets_reactors() {
        let creation = include_str!("../../../contracts/artifacts/Filler.creation.hex");
        let Reactors { dutch, v2, v3, priority } = Reactors::of_chain(1);
        for reactor in [dutch, v2, v3].into_iter().flatten() {
            assert!(creation.contains(format!("{reactor:#x}").trim_start_matches("0x")));
            assert!(Reactors::of_chain(1).kind(reactor).is_some());
        }
        assert_eq!((priority, Reactors::of_chain(2).kind(Address::ZERO)), (None, None));
    }
}
