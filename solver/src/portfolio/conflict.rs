//! Which limits contradict.

use super::{ProgramError, model::Model};

/// The error for a program without any allocation: leaves out one limit after the other, and for
/// good where the rest still contradict. What remains is irreducible.
pub(super) fn find(model: &mut Model<'_>) -> Result<ProgramError, ProgramError> {
    let mut limits: Vec<usize> = (0..model.limits.len()).collect();
    let mut next = 0;
    while next < limits.len() {
        let mut fewer = limits.clone();
        fewer.remove(next);
        if model.optimum(&fewer, None)?.is_none() {
            limits = fewer;
        } else {
            next += 1;
        }
    }
    let names = limits.iter().map(|&at| model.program.limits[at].name.clone()).collect();
    Ok(ProgramError::Infeasible { limits, names })
}
