//! Who may fill a Fusion order from when, and what of the payment goes to whom but the maker (`FeeTaker`,
//! `AmountGetterWithFee`, `SimpleSettlement`).
//!
//! The order says rates and whitelist twice: to the getter, which adds the fees to what is taken, and to
//! the settlement, which pays them out. The contract compares neither; each is used where the contract
//! uses it.

use alloy_primitives::{Address, U256};
use tenor_solver::amount::{mul_div, mul_div_up};

use super::{
    extension::ExtensionError,
    reader::Reader,
    traits::{Half, half},
};

/// Fees are of so many parts.
const WHOLE: u32 = 100_000;

/// Shares of fees are of so many parts.
const HUNDRED: u8 = 100;

/// The rates of fees, on top of what the maker gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rates {
    /// The integrator's, in hundred thousandths.
    pub integrator: u16,
    /// How much of that is the integrator's own, in hundredths; the rest is the protocol's.
    pub integrator_share: u8,
    /// What a resolver pays the protocol, in hundred thousandths.
    pub resolver: u16,
    /// How much of that those pay whom the whitelist names, in hundredths.
    pub whitelisted: u8,
}

impl Rates {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, ExtensionError> {
        let integrator = reader.u16()?;
        let integrator_share = percentage(reader, "the integrator's share")?;
        let resolver = reader.u16()?;
        let whitelisted = percentage(reader, "the whitelist's part of the fee")?;
        Ok(Self { integrator, integrator_share, resolver, whitelisted })
    }

    /// The integrator's and the protocol's, in hundred thousandths.
    fn of(&self, listed: bool) -> (u32, u32) {
        let resolver = u32::from(self.resolver);
        let discounted = resolver * u32::from(self.whitelisted) / u32::from(HUNDRED);
        (u32::from(self.integrator), if listed { discounted } else { resolver })
    }

    /// What is taken so that `amount` is left without the fees, rounded up.
    pub(super) fn on_top(&self, amount: U256, listed: bool) -> Option<U256> {
        mul_div_up(amount, self.whole(listed), U256::from(WHOLE))
    }

    /// What is given for an amount with the fees in it, rounded down.
    pub(super) fn out_of(&self, amount: U256, listed: bool) -> Option<U256> {
        mul_div(amount, U256::from(WHOLE), self.whole(listed))
    }

    fn whole(&self, listed: bool) -> U256 {
        let (integrator, resolver) = self.of(listed);
        U256::from(WHOLE + integrator + resolver)
    }
}

fn percentage(reader: &mut Reader<'_>, what: &'static str) -> Result<u8, ExtensionError> {
    let found = reader.u8()?;
    if found <= HUNDRED { Ok(found) } else { Err(ExtensionError::Percentage { what, found }) }
}

/// The settlement's own data: what happens at the end of a fill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Who gets the integrator's fee.
    pub integrator: Address,
    /// Who gets the protocol's.
    pub protocol: Address,
    /// Who gets the rest, where it is not the maker.
    pub receiver: Option<Address>,
    /// The fees.
    pub rates: Rates,
    /// Unix seconds from which the first resolver may fill.
    pub start: u32,
    /// Resolvers in turn, and how many seconds later the next may fill.
    pub resolvers: Vec<(Half, u16)>,
    /// What the maker expects for the whole order: of what is more, a share is the protocol's.
    pub estimated: U256,
    /// That share, in hundredths.
    pub surplus: u8,
    /// Who is called afterwards, and with what.
    pub chained: Vec<u8>,
}

/// How what is taken is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payout {
    /// Who gets the most of it.
    pub receiver: Address,
    /// What they get.
    pub amount: U256,
    /// What the integrator gets.
    pub integrator: U256,
    /// What the protocol gets, its share of a surplus included.
    pub protocol: U256,
}

impl Settled {
    pub(super) fn read(data: &[u8]) -> Result<Self, ExtensionError> {
        let mut reader = Reader::new(data, "the settlement's data");
        let custom_receiver = reader.u8()? & 1 == 1;
        let integrator = reader.address()?;
        let protocol = reader.address()?;
        let receiver = custom_receiver.then(|| reader.address()).transpose()?;
        let rates = Rates::read(&mut reader)?;
        let start = reader.u32()?;
        let count = reader.u8()?;
        let resolver = |_| Ok((Half::from(reader.bytes::<10>()?), reader.u16()?));
        let resolvers = (0..count).map(resolver).collect::<Result<_, ExtensionError>>()?;
        let estimated = reader.u256()?;
        let surplus = percentage(&mut reader, "the protocol's share of a surplus")?;
        let chained = reader.rest().to_vec();
        Ok(Self {
            integrator,
            protocol,
            receiver,
            rates,
            start,
            resolvers,
            estimated,
            surplus,
            chained,
        })
    }

    /// Whether the whitelist names an account, and the unix second from which it may fill. The contract
    /// adds a resolver's delay after its own turn; who is not named waits for all.
    pub fn turn(&self, taker: Address) -> (bool, u64) {
        let mut from = u64::from(self.start);
        for (resolver, delay) in &self.resolvers {
            if *resolver == half(taker) {
                return (true, from);
            }
            from += u64::from(*delay);
        }
        (false, from)
    }

    /// How `taking` is divided, of an order over `all` of which `making` is given; `None` on overflow.
    /// Fees round down, and so does the protocol's share of what is more than was estimated.
    pub fn payout(
        &self,
        maker: Address,
        listed: bool,
        (making, all): (U256, U256),
        taking: U256,
    ) -> Option<Payout> {
        let (integrator_rate, resolver_rate) = self.rates.of(listed);
        let whole = U256::from(WHOLE + integrator_rate + resolver_rate);
        let total = mul_div(taking, U256::from(integrator_rate), whole)?;
        let share = U256::from(self.rates.integrator_share);
        let integrator = mul_div(total, share, U256::from(HUNDRED))?;
        let resolver = mul_div(taking, U256::from(resolver_rate), whole)?;
        let mut protocol = resolver.checked_add(total)?.checked_sub(integrator)?;
        let left = taking.checked_sub(integrator)?.checked_sub(protocol)?;
        let estimated = mul_div_up(self.estimated, making, all)?;
        if let Some(more) = left.checked_sub(estimated) {
            protocol += mul_div(more, U256::from(self.surplus), U256::from(HUNDRED))?;
        }
        let amount = taking.checked_sub(integrator)?.checked_sub(protocol)?;
        Some(Payout { receiver: self.receiver.unwrap_or(maker), amount, integrator, protocol })
    }
}
