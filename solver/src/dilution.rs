//! What a deposit takes off its own rate, as a concave gain: straight pieces that never understate.

/// Steps up to twice the amount that is looked at, all of one length.
const STEPS: u32 = 32;

/// Doublings beyond, where an amount can only be by a cycle that pays.
const DOUBLINGS: u32 = 6;

/// Slopes this near each other are one: a hundredth of a basis point.
const ALIKE: f64 = 1e-6;

/// A stretch over which every unit is worth the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Piece {
    /// Units that come out for a unit that goes in.
    pub(crate) slope: f64,
    /// Its length, in units that go in.
    pub(crate) length: f64,
}

/// The least concave pieces, within the steps looked at, that lie nowhere below `a * kept(a)`.
///
/// `kept` falls, or stays, as `a` grows. Between two steps `a * kept(a)` is at most what the rate at
/// the first of them pays for all, so these lines' far ends are what the pieces are drawn over.
/// `around` is the amount where they are to be near; the last piece has no end.
pub(crate) fn pieces(kept: impl Fn(f64) -> f64, around: f64) -> Vec<Piece> {
    let near = (1..=STEPS).map(|step| 2.0 * around * f64::from(step) / f64::from(STEPS));
    let far = (1..=DOUBLINGS).map(|doubled| 2.0 * around * f64::from(1 << doubled));
    let mut corners = vec![(0.0, 0.0)];
    let mut share = kept(0.0);
    for at in near.chain(far) {
        let corner = (at, at * share);
        while let [.., before, last] = corners[..]
            && slope(before, last) <= slope(last, corner)
        {
            corners.pop();
        }
        corners.push(corner);
        share = kept(at);
    }
    // Beyond the last step no unit is worth more than the share that is left there.
    while let [.., before, last] = corners[..]
        && slope(before, last) < share
    {
        corners.pop();
    }
    let mut pieces: Vec<Piece> = Vec::with_capacity(corners.len());
    for pair in corners.windows(2) {
        let (slope, length) = (slope(pair[0], pair[1]), pair[1].0 - pair[0].0);
        match pieces.last_mut().filter(|last| last.slope - slope < ALIKE) {
            Some(last) => last.length += length,
            None => pieces.push(Piece { slope, length }),
        }
    }
    match pieces.last_mut().filter(|last| last.slope - share < ALIKE) {
        Some(last) => last.length = f64::INFINITY,
        None => pieces.push(Piece { slope: share, length: f64::INFINITY }),
    }
    pieces
}

/// Two ways in which the same units count, as lines over which neither slope changes; nothing where
/// the second has no pieces.
pub(crate) fn both(one: &[Piece], other: &[Piece]) -> Vec<(Piece, f64)> {
    let (mut one, mut other) = (one.iter().copied(), other.iter().copied());
    let mut lines = Vec::new();
    let none = Piece { slope: 0.0, length: f64::INFINITY };
    let (mut a, mut b) = (one.next(), other.next().unwrap_or(none));
    while let Some(piece) = a {
        let length = piece.length.min(b.length);
        lines.push((Piece { slope: piece.slope, length }, b.slope));
        let left =
            |of: Piece| (of.length > length).then_some(Piece { length: of.length - length, ..of });
        let rest = left(piece);
        if length.is_infinite() {
            break;
        }
        a = rest.or_else(|| one.next());
        b = left(b).or_else(|| other.next()).unwrap_or(none);
    }
    lines
}

fn slope(from: (f64, f64), to: (f64, f64)) -> f64 {
    (to.1 - from.1) / (to.0 - from.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out(pieces: &[Piece], amount: f64) -> f64 {
        let (out, _) = pieces.iter().fold((0.0, amount), |(out, left), piece| {
            (out + piece.slope * left.min(piece.length), (left - piece.length).max(0.0))
        });
        out
    }

    /// Shares that fall in every way that rates do: smoothly, at a kink, not at all, at once.
    const SHARES: [fn(f64) -> f64; 4] = [
        |a| 0.9 + 0.1 * 1e3 / (1e3 + a),
        |a| if a < 700.0 { 1.0 } else { 0.96 + 0.04 * 700.0 / a },
        |_| 1.0,
        |a| if a > 0.0 { 0.5 } else { 1.0 },
    ];

    #[test]
    fn pieces_are_concave_and_never_understate() {
        for kept in SHARES {
            let pieces = pieces(kept, 500.0);
            assert!(pieces.windows(2).all(|p| p[0].slope > p[1].slope), "{pieces:?}");
            for step in 1..4000 {
                let a = 20.0 * f64::from(step);
                assert!(out(&pieces, a) >= a * kept(a) * (1.0 - 1e-12), "{a}: {pieces:?}");
            }
        }
    }

    #[test]
    fn pieces_are_near_where_they_are_asked_to_be() {
        let [smooth, ..] = SHARES;
        let pieces = pieces(smooth, 500.0);
        for a in [100.0, 500.0, 900.0] {
            let over = out(&pieces, a) / (a * smooth(a)) - 1.0;
            assert!(over < 5e-3, "{a}: {over}");
        }
    }

    /// Drawn together, each way still counts what it counted alone.
    #[test]
    fn two_ways_of_counting_stay_what_they_are() {
        for (one, other) in SHARES.iter().flat_map(|a| SHARES.map(|b| (*a, b))) {
            let (one, other) = (pieces(one, 500.0), pieces(other, 90.0));
            let lines = both(&one, &other);
            let first: Vec<Piece> = lines.iter().map(|(piece, _)| *piece).collect();
            let slopes = lines.iter().map(|&(piece, slope)| Piece { slope, ..piece });
            let second: Vec<Piece> = slopes.collect();
            for step in 1..400 {
                let a = 37.0 * f64::from(step);
                assert!((out(&first, a) / out(&one, a) - 1.0).abs() < 1e-12, "{a}");
                assert!((out(&second, a) / out(&other, a) - 1.0).abs() < 1e-12, "{a}");
            }
            let (_, nothing) = both(&one, &[])[0];
            assert_eq!(nothing, 0.0);
        }
    }

    #[test]
    fn what_does_not_fall_is_one_piece() {
        assert_eq!(pieces(|_| 1.0, 3.0), [Piece { slope: 1.0, length: f64::INFINITY }]);
    }
}
