//! Cancelling: softly, by a signed message that stops us from trying, and hard, by spending the nonce.
//!
//! The soft message is `CancelIntent(bytes32 id)` in Tenor's own domain `{name: "Tenor", version: "1",
//! chainId, verifyingContract: the Settler}`. It names the id alone, which is bound to owner, chain and
//! contracts already; it is final, so that repeating it changes nothing and needs no nonce. No contract
//! reads it: until a transaction spends the nonce, the signed intent itself stays good.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall as _;
use tenor_simulations::World;
use tenor_solver::venues::{Answer, Call, Read};

use super::{
    Deployment,
    frozen::{invalidateUnorderedNoncesCall, nonceBitmapCall},
    refusal::Refusal,
    signature::{self, Signer},
};

/// The word of Permit2's bitmap that holds a nonce, and the nonce's bit in it.
pub fn place(nonce: U256) -> (U256, U256) {
    (nonce >> 8, U256::ONE << (nonce & U256::from(0xff)))
}

/// The owner's call that spends a nonce, so that nobody can fill its intent any more.
pub fn hard(deployment: &Deployment, nonce: U256) -> Call {
    let (word, mask) = place(nonce);
    let data = invalidateUnorderedNoncesCall { word, mask }.abi_encode().into();
    Call { to: deployment.permit2, value: U256::ZERO, data }
}

/// Checks that `owner` asks for an intent not to be tried any more.
pub fn soft(
    deployment: &Deployment,
    owner: Address,
    id: B256,
    signature: &Bytes,
    state: Option<&World>,
) -> Result<Signer, Refusal> {
    signature::check(owner, deployment.cancellation(id), signature, state)
}

/// Whether a nonce is spent.
pub fn is_spent(
    deployment: &Deployment,
    owner: Address,
    nonce: U256,
    world: &World,
) -> Result<bool, Refusal> {
    let (word, mask) = place(nonce);
    let data = nonceBitmapCall { owner, word }.abi_encode().into();
    let answers = world.answer(&[Read::Call { to: deployment.permit2, data }])?;
    match answers.first() {
        Some(Answer::Returned(bits)) if bits.len() == 32 => {
            Ok(!(U256::from_be_slice(bits) & mask).is_zero())
        }
        _ => Err(Refusal::NoPermit2(deployment.permit2)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_has_one_bit() {
        let nonce = (U256::from(7) << 8) | U256::from(255);
        assert_eq!(place(nonce), (U256::from(7), U256::ONE << 255));
        assert_eq!(place(U256::MAX), (U256::MAX >> 8, U256::ONE << 255));
        assert_eq!(place(U256::ZERO), (U256::ZERO, U256::ONE));
    }
}
