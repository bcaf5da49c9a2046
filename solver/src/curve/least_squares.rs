//! Weighted least squares over few unknowns.

/// What part of a column must be its own for its unknown to be told from the others'.
const OWN: f64 = 1e-7;

/// One equation: `sum(row * unknowns) = value`, counted `weight` times.
#[derive(Debug, Clone)]
pub(super) struct Equation {
    pub(super) row: Vec<f64>,
    pub(super) value: f64,
    pub(super) weight: f64,
}

/// The unknowns that leave the least weighted square of errors; `None` when the equations do not
/// determine them. Orthogonalises twice (modified Gram-Schmidt), which loses no digits to squaring.
pub(super) fn solve(equations: &[Equation], unknowns: usize) -> Option<Vec<f64>> {
    if equations.len() < unknowns {
        return None;
    }
    let root = |e: &Equation| e.weight.sqrt();
    let column = |j: usize| -> Option<Vec<f64>> {
        equations.iter().map(|e| Some(root(e) * e.row.get(j)?)).collect()
    };
    let mut rest: Vec<f64> = equations.iter().map(|e| root(e) * e.value).collect();
    let (mut basis, mut upper) = (Vec::<Vec<f64>>::new(), Vec::<Vec<f64>>::new());
    let mut known = Vec::with_capacity(unknowns);
    for j in 0..unknowns {
        let mut own = column(j)?;
        let size = norm(&own);
        let mut along = vec![0.0; basis.len()];
        for _ in 0..2 {
            for (q, sum) in basis.iter().zip(&mut along) {
                let part = dot(q, &own);
                *sum += part;
                subtract(&mut own, q, part);
            }
        }
        let length = norm(&own);
        if !length.is_finite() || length <= OWN * size || length <= 0.0 {
            return None;
        }
        own.iter_mut().for_each(|x| *x /= length);
        let part = dot(&own, &rest);
        subtract(&mut rest, &own, part);
        known.push(part);
        along.push(length);
        basis.push(own);
        upper.push(along);
    }
    back(&upper, known)
}

/// Solves the triangle whose columns are `upper`.
fn back(upper: &[Vec<f64>], mut values: Vec<f64>) -> Option<Vec<f64>> {
    for j in (0..upper.len()).rev() {
        let column = upper.get(j)?;
        let x = values.get(j)? / column.get(j)?;
        for (value, above) in values.iter_mut().zip(column).take(j) {
            *value -= above * x;
        }
        *values.get_mut(j)? = x;
    }
    values.iter().all(|x| x.is_finite()).then_some(values)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

fn subtract(from: &mut [f64], direction: &[f64], part: f64) {
    from.iter_mut().zip(direction).for_each(|(x, d)| *x -= part * d);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equation(row: &[f64], value: f64, weight: f64) -> Equation {
        Equation { row: row.to_vec(), value, weight }
    }

    #[test]
    fn a_line_through_exact_points_is_found() {
        let at = |x: f64| equation(&[1.0, x], 3.0 - 2.0 * x, 1.0 + x);
        let found = solve(&[at(0.0), at(1.0), at(5.0)], 2).unwrap();
        assert!((found[0] - 3.0).abs() < 1e-14 && (found[1] + 2.0).abs() < 1e-14, "{found:?}");
    }

    #[test]
    fn weights_count() {
        let found = solve(&[equation(&[1.0], 1.0, 3.0), equation(&[1.0], 5.0, 1.0)], 1).unwrap();
        assert!((found[0] - 2.0).abs() < 1e-15);
    }

    #[test]
    fn what_is_not_determined_is_none() {
        let one = equation(&[1.0, 1.0], 1.0, 1.0);
        assert!(solve(std::slice::from_ref(&one), 2).is_none());
        assert!(solve(&[one.clone(), one.clone(), one], 2).is_none());
        assert!(solve(&[equation(&[0.0], 1.0, 1.0)], 1).is_none());
        assert!(solve(&[equation(&[f64::NAN], 1.0, 1.0)], 1).is_none());
    }
}
