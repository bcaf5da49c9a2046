//! Contracts behind proxies, and venues opened from what is deployed.

use std::{collections::HashMap, convert::Infallible};

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolValue;
use tenor_solver::venues::{Answer, At, Call, Place, Read, Venue, VenueId, open};

use super::{BOB, lab::Lab, packages};

const PROXY: &str = "@openzeppelin/contracts/build/contracts/ERC1967Proxy.json";

/// Deploys a contract behind a proxy, which calls it first.
pub(super) fn proxied(lab: &mut Lab, code: &Bytes, arguments: &[u8], call: Vec<u8>) -> Address {
    let implementation = lab.deploy(code, arguments);
    let arguments = (implementation, Bytes::from(call)).abi_encode_params();
    lab.deploy(&packages::code(PROXY), &arguments)
}

/// The venue that these contracts open as, by their own views.
pub(super) fn opened(lab: &Lab, kind: &str, roles: &[(&str, Address)]) -> Box<dyn Venue> {
    let place = Place {
        id: VenueId::new(kind),
        kind: kind.to_owned(),
        contracts: roles.iter().map(|(role, at)| ((*role).to_owned(), *at)).collect(),
        constants: std::collections::BTreeMap::new(),
        code: Default::default(),
    };
    let answer = |read: &Read| {
        let mut lab = lab.clone();
        match read {
            Read::Call { to, data } => {
                let call = Call { to: *to, value: U256::ZERO, data: data.clone() };
                lab.raw(BOB, &call).map_or(Answer::Reverted, Answer::Returned)
            }
            Read::Balance(account) => Answer::Word(lab.ether(*account)),
            other => panic!("{other}"),
        }
    };
    let fetch =
        |reads: &[Read]| -> Result<_, Infallible> { Ok(reads.iter().map(answer).collect()) };
    let at = At { block: 1, timestamp: lab.now() };
    let opened = open(&[place], at, &mut HashMap::new(), fetch).unwrap().remove(0);
    opened.unwrap_or_else(|error| panic!("{error}")).venue.boxed()
}
