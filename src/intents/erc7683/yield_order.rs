//! Our own signed intent as an ERC-7683 order: `orderData` is the Permit2 message that the owner signs, its
//! type hash the `orderDataType`. One signature makes both, so that whoever relays ERC-7683 orders can relay
//! these, and the order's id is the intent's.
//!
//! The envelope repeats owner, nonce, settler and deadline; all must agree with what is signed. Opened
//! by its user on-chain there is no signature, and only an owner that is a contract and has approved the
//! digest (a Safe) can be settled so.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolValue as _;
use tenor_solver::amount::{WAD, mul_div_up};

use super::{
    fill::FILLER,
    order::{FillInstruction, Output, ResolvedCrossChainOrder},
    refusal::Refusal,
    registry::{Decoded, OrderData, Proof},
    wire::{Posted, decode},
};
use crate::intents::signed::{
    Deployment, PERMIT_TYPE_HASH,
    frozen::{self, PermitTransferFrom, PermitWitnessTransferFrom, TokenPermissions, YieldIntent},
};

/// The decoder of signed yield intents.
#[derive(Debug, Clone, Copy)]
pub struct YieldOrder {
    /// The contracts that signatures name.
    pub deployment: Deployment,
}

impl OrderData for YieldOrder {
    fn name(&self) -> &'static str {
        "PermitWitnessTransferFrom with a YieldIntent"
    }

    fn type_hash(&self) -> B256 {
        PERMIT_TYPE_HASH
    }

    fn resolve(&self, posted: &Posted) -> Result<Decoded, Refusal> {
        let permit: PermitWitnessTransferFrom = decode("orderData", posted.data())?;
        let (open, fill, signature) = self.envelope(posted, &permit)?;
        let owner = permit.witness.owner;
        let digest = self.deployment.id(&permit);
        let chain = U256::from(self.deployment.chain_id);
        let order = ResolvedCrossChainOrder {
            user: owner,
            originChainId: posted.chain(),
            openDeadline: open,
            fillDeadline: fill,
            orderId: digest,
            maxSpent: spent(&permit.witness, chain)?,
            minReceived: vec![Output {
                token: permit.permitted.token.into_word(),
                amount: permit.permitted.amount,
                // Whoever fills.
                recipient: B256::ZERO,
                chainId: chain,
            }],
            fillInstructions: vec![FillInstruction {
                destinationChainId: self.deployment.chain_id,
                destinationSettler: FILLER.into_word(),
                originData: origin_data(&permit, &signature),
            }],
        };
        let intent = &permit.witness;
        // The Settler is called by our Filler, whoever calls that.
        let anyone = [Address::ZERO, FILLER].contains(&intent.allowedSolver);
        Ok(Decoded {
            order,
            proof: Proof::Signed { owner, digest, signature },
            valid_after: intent.validAfter,
            exclusive: (!anyone).then_some((intent.allowedSolver, intent.exclusiveUntilBlock)),
        })
    }
}

impl YieldOrder {
    /// Deadlines and signature of the envelope, which repeats nothing else than what is signed.
    fn envelope(
        &self,
        posted: &Posted,
        permit: &PermitWitnessTransferFrom,
    ) -> Result<(u32, u32, Bytes), Refusal> {
        let (settler, user, nonce, open, fill, signature) = match posted {
            Posted::Gasless { order, signature } => (
                order.originSettler,
                order.user,
                order.nonce,
                order.openDeadline,
                order.fillDeadline,
                signature.clone(),
            ),
            // Opened already, which has no deadline any more.
            Posted::Onchain { order, user, settler, .. } => {
                (*settler, *user, permit.nonce, u32::MAX, order.fillDeadline, Bytes::new())
            }
        };
        let expected = self.deployment.settler;
        for found in [settler, permit.spender] {
            if found != expected {
                return Err(Refusal::WrongSettler { found, expected });
            }
        }
        same("the user", &user, &permit.witness.owner)?;
        same("the nonce", &nonce, &permit.nonce)?;
        // Permit2's deadline ends both, and may be beyond what the envelope can say.
        let deadline = u32::try_from(permit.deadline).unwrap_or(u32::MAX);
        same("the fill deadline", &fill, &deadline)?;
        Ok((open.min(deadline), fill, signature))
    }
}

fn same<T: PartialEq + ToString>(
    what: &'static str,
    envelope: &T,
    data: &T,
) -> Result<(), Refusal> {
    if envelope == data {
        return Ok(());
    }
    Err(Refusal::Disagreement { what, envelope: envelope.to_string(), data: data.to_string() })
}

/// What must come out at least: the least amounts; of a single output also what the least value takes of it,
/// rounded up. The floor over several outputs together has no place in the standard's list: the Settler
/// enforces it.
fn spent(intent: &YieldIntent, chain: U256) -> Result<Vec<Output>, Refusal> {
    let single = intent.outputs.len() == 1;
    let output = |output: &frozen::Output| {
        let valued = if single { valued(output, intent.minValueOut)? } else { U256::ZERO };
        Ok(Output {
            token: output.token.into_word(),
            amount: output.minAmount.max(valued),
            recipient: intent.recipient.into_word(),
            chainId: chain,
        })
    };
    intent.outputs.iter().map(output).collect()
}

/// The least amount of an output that is worth `value` by the rate that was signed.
fn valued(output: &frozen::Output, value: U256) -> Result<U256, Refusal> {
    if value.is_zero() {
        return Ok(U256::ZERO);
    }
    let least =
        mul_div_up(value, WAD, output.rateE18).filter(|least| *least <= output.maxAmountCounted);
    least.ok_or_else(|| {
        let (most, rate) = (output.maxAmountCounted, output.rateE18);
        let why = format!("{most} of {} at {rate} count less than {value}", output.token);
        Refusal::Contradiction(why)
    })
}

/// What our Filler decodes: `(PermitTransferFrom, YieldIntent, bytes)`.
fn origin_data(permit: &PermitWitnessTransferFrom, signature: &Bytes) -> Bytes {
    let PermitWitnessTransferFrom { permitted, nonce, deadline, witness, .. } = permit;
    let TokenPermissions { token, amount } = *permitted;
    let own = PermitTransferFrom {
        permitted: TokenPermissions { token, amount },
        nonce: *nonce,
        deadline: *deadline,
    };
    (own, witness.clone(), signature.clone()).abi_encode_params().into()
}

/// An address in the standard's 32 bytes.
pub(super) fn address(what: &'static str, word: B256) -> Result<Address, Refusal> {
    let address = Address::from_word(word);
    if address.into_word() == word {
        return Ok(address);
    }
    Err(Refusal::NotAnAddress { what, found: word })
}
