//! Small dense systems of equations.

/// The solution of `rows * x = right`, by elimination with row exchange; `None` where a row says
/// nothing that others do not.
pub(super) fn solve(mut rows: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let n = rows.len();
    for at in 0..n {
        let pivot = (at..n).max_by(|&a, &b| rows[a][at].abs().total_cmp(&rows[b][at].abs()))?;
        rows.swap(at, pivot);
        right.swap(at, pivot);
        let head = rows[at][at];
        if !(head.abs() > f64::MIN_POSITIVE && head.is_finite()) {
            return None;
        }
        let (above, below) = rows.split_at_mut(at + 1);
        let own = &above[at];
        for (row, offset) in below.iter_mut().zip(at + 1..) {
            let factor = row[at] / head;
            if factor != 0.0 {
                row.iter_mut().zip(own).skip(at).for_each(|(entry, own)| *entry -= factor * own);
                right[offset] -= factor * right[at];
            }
        }
    }
    for at in (0..n).rev() {
        let known: f64 = (at + 1..n).map(|other| rows[at][other] * right[other]).sum();
        right[at] = (right[at] - known) / rows[at][at];
    }
    right.iter().all(|x| x.is_finite()).then_some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_exchanged_where_they_must_be() {
        let rows = vec![vec![0.0, 2.0, 0.0], vec![1.0, 1.0, 0.0], vec![4.0, 0.0, 8.0]];
        assert_eq!(solve(rows, vec![6.0, 4.0, 20.0]), Some(vec![1.0, 3.0, 2.0]));
    }

    #[test]
    fn what_is_not_told_is_not_guessed() {
        assert_eq!(solve(vec![vec![1.0, 2.0], vec![2.0, 4.0]], vec![1.0, 2.0]), None);
    }
}
