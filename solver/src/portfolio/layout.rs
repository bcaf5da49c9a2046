//! The linear program of a model: one column for each piece of a polyline.

use super::{
    linear::Linear,
    model::{Model, Place, Row},
};

/// What is decided about using a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Nothing yet: any mixture of using it and not.
    Open,
    /// It is used, and its fixed cost is paid.
    On,
    /// It is not used.
    Off,
}

/// Pieces of a polyline, from zero: how wide, and how steep.
type Pieces = Vec<(f64, f64)>;

/// Shares, and the number of pieces to each side of them, that a program confines itself to.
pub(super) type Near<'a> = Option<(&'a [f64], usize)>;

/// A linear program with the meaning of its columns and rows.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) linear: Linear,
    /// Each position's share.
    pub(super) shares: Vec<Share>,
    /// The row of each limit asked for.
    pub(super) rows: Vec<usize>,
    /// What is gained whatever the columns.
    gained: f64,
    /// Shares as the curves of limits count them.
    counted: Vec<Share>,
}

/// A share of the whole: what lies before the pieces laid out, and a column for each of these.
#[derive(Debug, Default)]
pub(super) struct Share {
    /// A position that is open is used whole from here on, and in part before.
    pub(super) whole: f64,
    before: f64,
    columns: Vec<usize>,
    slopes: Vec<f64>,
    wide: f64,
    goes_on: (bool, bool),
}

impl Model<'_> {
    /// The program under some limits, over what of each polyline is near some shares, or over the
    /// first tangents alone: a few columns either way.
    pub(super) fn layout(&self, limits: &[usize], uses: &[Use], near: Near<'_>) -> Layout {
        let near = |at: usize| near.map(|(shares, reach)| (shares[at], reach));
        let mut layout = Layout::default();
        for (at, (place, used)) in self.positions.iter().zip(uses).enumerate() {
            layout.place(place, *used, near(at));
        }
        let whole = layout.shares.iter().flat_map(|share| share.terms(1.0)).collect();
        let before: f64 = layout.shares.iter().map(|share| share.before).sum();
        layout.linear.equal(whole, 1.0 - before);
        for &at in limits {
            layout.limit(&self.limits[at], near);
        }
        layout
    }
}

impl Layout {
    fn place(&mut self, place: &Place<'_>, used: Use, near: Option<(f64, usize)>) {
        if used == Use::Off || place.least > place.most {
            self.shares.push(Share::default());
            return;
        }
        let mut pieces = place.value.pieces(near.is_some());
        let mut whole = 0.0;
        if used == Use::Open {
            (whole, pieces) = mixed(pieces, place);
        }
        let (share, value) = self.stretch(pieces, 1.0, near);
        self.gained += value;
        if used == Use::On {
            self.gained -= place.fixed;
            self.linear.at_most(share.terms(-1.0), share.before - place.least);
        }
        self.shares.push(Share { whole, ..share });
    }

    fn limit(&mut self, row: &Row<'_>, near: impl Fn(usize) -> Option<(f64, usize)>) {
        let (mut terms, mut at_most) = (Vec::new(), row.at_most);
        for &(at, weight) in &row.weights {
            terms.extend(self.shares[at].terms(weight));
            at_most -= weight * self.shares[at].before;
        }
        for (at, curve) in &row.curves {
            if self.shares[*at].columns.is_empty() {
                continue;
            }
            let near = near(*at);
            let (counted, value) = self.stretch(curve.pieces(near.is_some()), 0.0, near);
            at_most += value;
            let gives = counted.columns.iter().zip(&counted.slopes);
            terms.extend(gives.map(|(&column, slope)| (column, -slope)));
            // The share that counts here is the share that is placed.
            let placed = &self.shares[*at];
            let mut same = counted.terms(1.0);
            same.extend(placed.terms(-1.0));
            self.linear.equal(same, placed.before - counted.before);
            self.counted.push(counted);
        }
        let number = self.linear.at_most(terms, at_most);
        self.rows.push(number);
    }

    /// One column for each piece that is near, and the value of those before. The pieces fall in
    /// slope, so a maximum fills them in order.
    fn stretch(&mut self, pieces: Pieces, gains: f64, near: Option<(f64, usize)>) -> (Share, f64) {
        let (mut share, mut value, mut end) = (Share::default(), 0.0, 0.0);
        let holds = near.map(|(near, _)| {
            let reached = pieces.iter().take_while(|(wide, _)| {
                end += wide;
                end < near
            });
            reached.count()
        });
        for (at, (wide, slope)) in pieces.into_iter().enumerate() {
            match holds.zip(near) {
                Some((holds, (_, reach))) if at + reach < holds => {
                    share.goes_on.0 = true;
                    share.before += wide;
                    value += wide * slope;
                }
                Some((holds, (_, reach))) if at > holds + reach => share.goes_on.1 = true,
                _ => {
                    share.columns.push(self.linear.column(gains * slope, wide));
                    share.slopes.push(slope);
                    share.wide += wide;
                }
            }
        }
        (share, value)
    }

    /// What columns are worth.
    pub(super) fn gain(&self, columns: &[f64]) -> f64 {
        self.linear.gain(columns) + self.gained
    }

    /// Whether columns stop where only what is laid out stops, so that the maximum may lie further.
    pub(super) fn cut_short(&self, columns: &[f64]) -> bool {
        let short = |share: &Share| {
            let filled: f64 = share.columns.iter().map(|&c| columns[c]).sum();
            let full = filled >= share.wide * (1.0 - 1e-12);
            (share.goes_on.0 && filled <= 0.0) || (share.goes_on.1 && full)
        };
        self.shares.iter().chain(&self.counted).any(short)
    }
}

impl Share {
    /// The share that columns make.
    pub(super) fn of(&self, columns: &[f64]) -> f64 {
        self.before + self.columns.iter().map(|&c| columns[c]).sum::<f64>()
    }

    fn terms(&self, weight: f64) -> Vec<(usize, f64)> {
        self.columns.iter().map(|&column| (column, weight)).collect()
    }
}

/// The least concave polyline over not using a position and using it at its fixed cost: a straight
/// line to where its average is best, and how far that is.
fn mixed(pieces: Pieces, place: &Place<'_>) -> (f64, Pieces) {
    if !place.switched() {
        return (0.0, pieces);
    }
    let (mut at, mut value) = (0.0, 0.0);
    let mut best = (0.0, f64::NEG_INFINITY);
    for &(wide, slope) in &pieces {
        let (start, end) = (place.least.max(at), at + wide);
        for corner in [start, end] {
            let average = (value + slope * (corner - at) - place.fixed) / corner;
            if corner > 0.0
                && (at..=end).contains(&corner)
                && average > best.1
                && corner >= place.least
            {
                best = (corner, average);
            }
        }
        (at, value) = (end, value + slope * wide);
    }
    let mut mixed = vec![best];
    let mut at = 0.0;
    for (wide, slope) in pieces {
        at += wide;
        if at > best.0 {
            mixed.push((wide.min(at - best.0), slope));
        }
    }
    (best.0, mixed)
}
