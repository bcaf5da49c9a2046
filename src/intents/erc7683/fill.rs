//! The call that fills an order.

use alloy_primitives::{Address, Bytes, U256, address};
use alloy_sol_types::SolCall as _;
use tenor_solver::venues::Call;

use super::{order::fillCall, refusal::Refusal, resolved::Checked};

/// Our Filler, where its own code puts it: `contracts/artifacts/deployed.json` (a test compares). An intent
/// that names a solver names a Filler of that solver's own.
pub const FILLER: Address = address!("93d96c6ef566f067bedb7da22c6f7ba0d637bc0a");

/// Fills an order as its resolution says, with what its settler needs of the filler: of our own orders, the
/// ABI encoding of the Settler's `Plan`.
pub fn fill(checked: &Checked, filler_data: Bytes) -> Result<Call, Refusal> {
    let (to, instruction) = (checked.settler()?, checked.instruction()?);
    let call = fillCall {
        orderId: checked.resolved().id(),
        originData: instruction.originData.clone(),
        fillerData: filler_data,
    };
    let data = call.abi_encode().into();
    Ok(Call { to, value: U256::ZERO, data })
}

#[cfg(test)]
mod tests {
    use super::FILLER;

    #[test]
    fn the_filler_is_where_its_code_puts_it() {
        let deployed = include_str!("../../../contracts/artifacts/deployed.json");
        let deployed: serde_json::Value = serde_json::from_str(deployed).unwrap();
        let address = &deployed["contracts"]["Filler"]["address"];
        assert_eq!(address.as_str(), Some(&*format!("{FILLER:#x}")));
    }
}
