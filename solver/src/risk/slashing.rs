//! What a slashing takes, by the rules of the consensus: a loss that follows from figures, not from
//! a guess.
//!
//! A slashed validator pays at once `effective balance / 4096` (`MIN_SLASHING_PENALTY_QUOTIENT_ELECTRA`;
//! 1/32 before Pectra), then misses the attestations of 8,192 epochs, and half way through pays three times the share
//! of all stake that is slashed with it (`PROPORTIONAL_SLASHING_MULTIPLIER_BELLATRIX`), at most all.

/// Epochs for which a slashed validator's balance stays (`EPOCHS_PER_SLASHINGS_VECTOR`).
const EPOCHS: f64 = 8_192.0;

/// A part of the effective balance that is lost at once: 1 / 4096.
const INITIAL: f64 = 1.0 / 4_096.0;

/// How many times the slashed share of all stake is lost.
const TIMES: f64 = 3.0;

/// Weights of the source and target votes whose absence costs, of 64.
const MISSED: f64 = (14.0 + 26.0) / 64.0;

/// Gwei of the base reward factor, over the square root of all stake in gwei.
const BASE_REWARD: f64 = 64.0;

/// An event in which validators are slashed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slashing {
    /// The part of the position's stake that is slashed, from 0 to 1.
    pub of_position: f64,
    /// The part of all stake of Ethereum that is slashed within 36 days, from 0 to 1.
    pub of_network: f64,
    /// ETH staked in all.
    pub staked_eth: f64,
}

impl Slashing {
    /// The part of its stake that a slashed validator loses.
    pub fn of_validator(&self) -> f64 {
        let together = (TIMES * self.of_network).min(1.0);
        (INITIAL + together + self.missed()).min(1.0)
    }

    /// The part of the position that is lost.
    pub fn loss(&self) -> f64 {
        self.of_position * self.of_validator()
    }

    /// What missing attestations takes: the base reward of a gwei staked is `64 / sqrt(all gwei)` an
    /// epoch, and a missing vote costs as much as it would have paid.
    fn missed(&self) -> f64 {
        MISSED * BASE_REWARD * EPOCHS / (self.staked_eth * 1e9).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One validator of 32 ETH among 34 million ETH, by hand: 32 / 4096 = 0.0078125 ETH at once;
    /// 64e9 / sqrt(3.4e16) = 347.1 gwei a staked ETH and epoch, of which 40/64 for 8,192 epochs and 32
    /// ETH are 0.05687 ETH; alone among all it pays nothing more.
    #[test]
    fn one_validator_alone_loses_six_hundredths_of_an_ether() {
        let alone = Slashing { of_position: 1.0, of_network: 0.0, staked_eth: 34e6 };
        let eth = 32.0 * alone.of_validator();
        assert!((eth - (0.007_812_5 + 0.056_87)).abs() < 1e-5, "{eth}");
    }

    /// The Launchnodes event of October 2023: 20 validators of 32 ETH. Its size, about 20 ETH, is the
    /// initial penalty of that time, 1/32 each; by the rules of now it is a twentieth of that.
    #[test]
    fn the_launchnodes_event_costs_little_by_the_rules_of_now() {
        let staked_eth = 28e6;
        let event = Slashing { of_position: 1.0, of_network: 640.0 / staked_eth, staked_eth };
        let eth = 640.0 * event.of_validator();
        let initial = 640.0 / 4_096.0;
        assert_eq!(initial, 0.15625);
        assert!((1.2..1.5).contains(&eth), "{eth}");
    }

    /// A third of all stake at once loses all.
    #[test]
    fn what_is_slashed_together_loses_more_up_to_everything() {
        let of = |of_network| Slashing { of_position: 0.5, of_network, staked_eth: 34e6 }.loss();
        assert!(of(0.01) < of(0.02) && of(0.02) < of(0.34));
        assert_eq!(of(0.34), 0.5);
        // 1 % together: 3 % beside the 0.2 % of one alone.
        assert!((of(0.01) - of(0.0) - 0.015).abs() < 1e-12);
    }
}
