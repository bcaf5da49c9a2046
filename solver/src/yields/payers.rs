//! Who pays a yield and in what: the rule that decides which component it is.
//!
//! A payment is organic if it adds to the ETH behind a position and its payer is Ethereum itself, a
//! borrower or trader who pays in what redeems for ETH, or a service secured by restaking that pays
//! in it. Everything else is an incentive: whoever mints a token can pay with it for ever.

use std::fmt;

use alloy_primitives::{Address, U256};

use crate::market::Market;

/// Who pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Payer {
    /// Ethereum: consensus rewards, tips and what proposers are paid for blocks.
    Consensus,
    /// Who borrows from the venue.
    Borrowers,
    /// Who trades with the venue.
    Traders,
    /// Who buys floating yield and so leaves the fixed one: buyers of YT.
    YieldBuyers,
    /// Services that restaked ETH secures.
    Services,
    /// The venue, its protocol, or whoever pays for deposits into it.
    Sponsor,
    /// Whoever holds the position.
    Holder,
}

/// What is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Paid {
    /// ETH, or a token that redeems for it.
    Ether,
    /// Any other token.
    Token,
    /// Points: a promise that is no token.
    Points,
}

/// A part of a yield.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Component {
    /// Staking.
    Base,
    /// Interest that borrowers pay.
    Credit,
    /// Fees that traders pay.
    Fees,
    /// The discount of what is redeemed later.
    Term,
    /// Services secured by restaking.
    Restaking,
    /// Tokens that venues or sponsors mint, and points.
    Incentive,
    /// Entering, leaving, gas, interest that is owed.
    Cost,
}

/// Which component a payment is.
pub const fn component(payer: Payer, paid: Paid) -> Component {
    match (payer, paid) {
        (Payer::Holder, _) => Component::Cost,
        (Payer::Consensus, Paid::Ether) => Component::Base,
        (Payer::Borrowers, Paid::Ether) => Component::Credit,
        (Payer::Traders, Paid::Ether) => Component::Fees,
        (Payer::YieldBuyers, Paid::Ether) => Component::Term,
        (Payer::Services, Paid::Ether) => Component::Restaking,
        (Payer::Sponsor, _) | (_, Paid::Token | Paid::Points) => Component::Incentive,
    }
}

impl Paid {
    /// What a payment in this token is on a market; no token is points.
    pub fn of(market: &Market, token: Option<Address>) -> Self {
        match token {
            None => Self::Points,
            Some(token) if market.redeem_value(token, crate::amount::WAD).is_some() => Self::Ether,
            Some(_) => Self::Token,
        }
    }
}

impl Payer {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Consensus => "consensus",
            Self::Borrowers => "borrowers",
            Self::Traders => "traders",
            Self::YieldBuyers => "yield_buyers",
            Self::Services => "services",
            Self::Sponsor => "sponsor",
            Self::Holder => "holder",
        }
    }

    /// Every payer.
    pub const ALL: [Self; 7] = [
        Self::Consensus,
        Self::Borrowers,
        Self::Traders,
        Self::YieldBuyers,
        Self::Services,
        Self::Sponsor,
        Self::Holder,
    ];
}

impl fmt::Display for Payer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Component {
    /// Those that are organic, in the order of [`Organic`].
    pub const ORGANIC: [Self; 5] =
        [Self::Base, Self::Credit, Self::Fees, Self::Term, Self::Restaking];

    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Credit => "credit",
            Self::Fees => "fees",
            Self::Term => "term",
            Self::Restaking => "restaking",
            Self::Incentive => "incentive",
            Self::Cost => "cost",
        }
    }

    /// Position among the organic ones; `None` for the others.
    const fn place(self) -> Option<usize> {
        match self {
            Self::Base => Some(0),
            Self::Credit => Some(1),
            Self::Fees => Some(2),
            Self::Term => Some(3),
            Self::Restaking => Some(4),
            Self::Incentive | Self::Cost => None,
        }
    }

    /// Whether it is organic.
    pub const fn is_organic(self) -> bool {
        self.place().is_some()
    }

    /// Who pays it.
    pub const fn payer(self) -> Payer {
        match self {
            Self::Base => Payer::Consensus,
            Self::Credit => Payer::Borrowers,
            Self::Fees => Payer::Traders,
            Self::Term => Payer::YieldBuyers,
            Self::Restaking => Payer::Services,
            Self::Incentive => Payer::Sponsor,
            Self::Cost => Payer::Holder,
        }
    }
}

/// A figure for each organic component: annual rates in RAY, or wei of ETH.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Organic([U256; 5]);

impl Organic {
    /// Nothing of any.
    pub const NONE: Self = Self([U256::ZERO; 5]);

    /// Nothing but one component; of one that is not organic, nothing.
    pub fn only(component: Component, figure: U256) -> Self {
        let mut all = Self::default();
        if let Some(slot) = component.place().and_then(|at| all.0.get_mut(at)) {
            *slot = figure;
        }
        all
    }

    /// The figure of a component; zero of one that is not organic.
    pub fn get(&self, component: Component) -> U256 {
        component.place().and_then(|at| self.0.get(at)).copied().unwrap_or_default()
    }

    /// Each with the other's. `None` on overflow.
    pub fn plus(&self, other: &Self) -> Option<Self> {
        let mut sum = *self;
        for (a, b) in sum.0.iter_mut().zip(&other.0) {
            *a = a.checked_add(*b)?;
        }
        Some(sum)
    }

    /// All together. `None` on overflow.
    pub fn total(&self) -> Option<U256> {
        self.0.iter().try_fold(U256::ZERO, |sum, part| sum.checked_add(*part))
    }

    /// Divides `whole` as these figures are to each other, rounded down; what that leaves over is the
    /// largest one's, so that the parts add up exactly. All of it is staking's where all are zero.
    pub fn divide(&self, whole: U256) -> Option<Self> {
        let total = self.total()?;
        if total.is_zero() {
            return Some(Self::only(Component::Base, whole));
        }
        let mut parts = Self::default();
        let (mut left, mut largest) = (whole, 0);
        for (at, (part, figure)) in parts.0.iter_mut().zip(&self.0).enumerate() {
            *part = crate::amount::mul_div(whole, *figure, total)?;
            left = left.checked_sub(*part)?;
            if self.0.get(largest).is_none_or(|most| figure > most) {
                largest = at;
            }
        }
        let slot = parts.0.get_mut(largest)?;
        *slot = slot.checked_add(left)?;
        Some(parts)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every payer with everything that can be paid, written out from the rule's words.
    #[test]
    fn the_rule_decides_every_case() {
        use Component as C;
        let expected = [
            (Payer::Consensus, [C::Base, C::Incentive, C::Incentive]),
            (Payer::Borrowers, [C::Credit, C::Incentive, C::Incentive]),
            (Payer::Traders, [C::Fees, C::Incentive, C::Incentive]),
            (Payer::YieldBuyers, [C::Term, C::Incentive, C::Incentive]),
            (Payer::Services, [C::Restaking, C::Incentive, C::Incentive]),
            (Payer::Sponsor, [C::Incentive, C::Incentive, C::Incentive]),
            (Payer::Holder, [C::Cost, C::Cost, C::Cost]),
        ];
        assert_eq!(expected.map(|(payer, _)| payer), Payer::ALL);
        for (payer, components) in expected {
            let found = [Paid::Ether, Paid::Token, Paid::Points].map(|paid| component(payer, paid));
            assert_eq!(found, components, "{payer}");
        }
    }

    /// What is organic is paid in ETH, by whoever the component names.
    #[test]
    fn an_organic_component_has_one_payer() {
        for payer in Payer::ALL {
            let found = component(payer, Paid::Ether);
            assert_eq!(found.payer(), payer);
            assert_eq!(found.is_organic(), Component::ORGANIC.contains(&found));
        }
    }

    proptest! {
        #[test]
        fn parts_add_up_to_the_whole(
            figures in any::<[u64; 5]>(),
            zeros in any::<[bool; 5]>(),
            whole in any::<u128>(),
        ) {
            let mut of = Organic::default();
            for ((slot, figure), zero) in of.0.iter_mut().zip(figures).zip(zeros) {
                *slot = U256::from(if zero { 0 } else { figure });
            }
            let whole = U256::from(whole);
            let parts = of.divide(whole).unwrap();
            prop_assert_eq!(parts.total(), Some(whole));
            let total = of.total().unwrap();
            for component in Component::ORGANIC {
                let exact = of.get(component) * whole;
                let part = parts.get(component) * total;
                // At most the five units that rounding leaves over.
                prop_assert!(total.is_zero() || part.abs_diff(exact) <= total * U256::from(5));
            }
        }
    }
}
