//! Laws of the auction, from its definition: straight lines through the points, to zero at the end.

use proptest::prelude::*;
use tenor::intents::oneinch::auction::{Auction, Point};

fn auctions() -> impl Strategy<Value = Auction> {
    let point = (0u32..1 << 24, any::<u16>()).prop_map(|(bump, delay)| Point { bump, delay });
    let points = prop::collection::vec(point, 0..6);
    (0u32..1 << 24, any::<u32>(), any::<u32>(), 0u32..1 << 24, 0u32..1 << 24, points).prop_map(
        |(gas_bump, gas_price, start, duration, initial, points)| Auction {
            gas_bump,
            gas_price,
            start,
            duration,
            initial,
            points,
        },
    )
}

/// Corners of the price before the end: seconds after the start, and bumps. The last is zero at the end.
fn corners(auction: &Auction) -> Vec<(u64, u64)> {
    let mut corners = vec![(0, u64::from(auction.initial))];
    for point in &auction.points {
        let time = corners.last().unwrap().0 + u64::from(point.delay);
        corners.push((time, u64::from(point.bump)));
    }
    corners.push((u64::from(auction.duration), 0));
    corners
}

proptest! {
    /// On every line the bump is the line's height, rounded down: of two corners the first line that
    /// reaches the time counts.
    #[test]
    fn the_bump_lies_on_the_line(auction in auctions(), at in any::<prop::sample::Index>()) {
        let duration = u64::from(auction.duration);
        prop_assume!(duration > 1);
        let after = 1 + at.index(usize::try_from(duration - 1).unwrap()) as u64;
        let corners = corners(&auction);
        let mut lines = corners.windows(2);
        let line = lines.find(|line| after <= line[1].0).unwrap();
        let (left, right) = (line[0], line[1]);
        let bump = auction.bump(u64::from(auction.start) + after, 0);
        let (span, passed) = (right.0 - left.0, after - left.0);
        // floor(h) <= bump < floor(h) + 1, in whole numbers.
        let height = left.1 * (span - passed) + right.1 * passed;
        prop_assert!(bump * span <= height && height < (bump + 1) * span, "{line:?} {after}");
    }

    /// Before the start it is the first, from the end on nothing; gas only lowers it, and never below.
    #[test]
    fn it_begins_and_ends(auction in auctions(), base_fee in any::<u64>(), at in 0u64..1 << 26) {
        let start = u64::from(auction.start);
        prop_assert_eq!(auction.bump(start, 0), u64::from(auction.initial));
        prop_assert_eq!(auction.bump(0, 0), u64::from(auction.initial));
        prop_assume!(auction.duration > 0);
        prop_assert_eq!(auction.bump(auction.end(), base_fee), 0);
        prop_assert!(auction.bump(start + at, base_fee) <= auction.bump(start + at, 0));
    }

    /// Gas at the price that was estimated costs what was estimated.
    #[test]
    fn gas_is_paid_at_its_price(auction in auctions()) {
        prop_assume!(auction.gas_price > 0);
        let now = u64::from(auction.start);
        let base_fee = u64::from(auction.gas_price) * 1_000_000;
        let left = u64::from(auction.initial.saturating_sub(auction.gas_bump));
        prop_assert_eq!(auction.bump(now, base_fee), left);
    }
}
