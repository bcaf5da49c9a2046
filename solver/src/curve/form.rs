//! The two forms that a zero curve takes. Time is in years of 365.25 days throughout.

/// How a zero rate goes with time.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    /// Nelson and Siegel's: `level + slope * L + hump * (L - exp(-x))` with `x = years / decay` and
    /// `L = (1 - exp(-x)) / x`. Rates begin at `level + slope` and tend to `level`.
    NelsonSiegel {
        /// What rates tend to.
        level: f64,
        /// What the shortest rate has above that.
        slope: f64,
        /// How far rates bend in between.
        hump: f64,
        /// Years in which the bend fades.
        decay: f64,
    },
    /// The growth `rate * years` is linear between knots, so that forwards are constant there.
    Linear {
        /// Years and the logarithm of the growth until then, from the first knot after zero on.
        knots: Vec<(f64, f64)>,
    },
}

impl Form {
    /// The logarithm of what one becomes in `years`; beyond `last`, forwards stay what they are there.
    pub(super) fn growth(&self, years: f64, last: f64) -> f64 {
        let within = years.min(last);
        self.inside(within) + (years - within) * self.slope_at(last)
    }

    /// The zero rate at an instant from now: what [`Form::growth`] begins with.
    pub(super) fn start(&self) -> f64 {
        self.slope_at(0.0)
    }

    fn inside(&self, years: f64) -> f64 {
        match self {
            Self::NelsonSiegel { level, slope, hump, decay } => {
                let (near, bend) = loadings(years / decay);
                years * (level + slope * near + hump * bend)
            }
            Self::Linear { knots } => {
                let (a, b) = around(knots, years);
                let grown = a.1 + (b.1 - a.1) * ((years - a.0) / (b.0 - a.0));
                // No rounding carries it past the knot, where a flat stretch may begin.
                if years <= b.0 { grown.min(a.1.max(b.1)) } else { grown }
            }
        }
    }

    /// The forward rate just before `years`, or at zero just after.
    fn slope_at(&self, years: f64) -> f64 {
        match self {
            Self::NelsonSiegel { level, slope, hump, decay } => {
                let x = years / decay;
                level + (slope + hump * x) * (-x).exp()
            }
            Self::Linear { knots } => {
                let (a, b) = around(knots, years);
                (b.1 - a.1) / (b.0 - a.0)
            }
        }
    }

    /// The lowest forward rate from now to `last`.
    pub(super) fn lowest_forward(&self, last: f64) -> f64 {
        match self {
            Self::NelsonSiegel { slope, hump, decay, .. } => {
                let ends = self.slope_at(0.0).min(self.slope_at(last));
                let turn = decay * (1.0 - slope / hump);
                if turn > 0.0 && turn < last { ends.min(self.slope_at(turn)) } else { ends }
            }
            Self::Linear { knots } => {
                let rises = std::iter::once(&(0.0, 0.0)).chain(knots).zip(knots);
                let forwards = rises.map(|(a, b)| (b.1 - a.1) / (b.0 - a.0));
                forwards.fold(f64::INFINITY, f64::min)
            }
        }
    }
}

/// Nelson and Siegel's weights of slope and hump.
pub(super) fn loadings(x: f64) -> (f64, f64) {
    // (1 - exp(-x)) / x tends to one.
    let near = if x < 1e-12 { 1.0 } else { -(-x).exp_m1() / x };
    (near, near - (-x).exp())
}

/// The knots around a time; the last two beyond the last one.
fn around(knots: &[(f64, f64)], years: f64) -> ((f64, f64), (f64, f64)) {
    let mut a = (0.0, 0.0);
    for (at, b) in knots.iter().enumerate() {
        if years <= b.0 || at + 1 == knots.len() {
            return (a, *b);
        }
        a = *b;
    }
    ((0.0, 0.0), (1.0, 0.0))
}
