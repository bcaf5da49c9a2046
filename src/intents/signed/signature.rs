//! Whose signature it is, decided as Permit2's `SignatureVerification` decides: an owner with code is
//! asked (ERC-1271), any other must be the key that `ecrecover` finds.
//!
//! Two things differ, and neither lets through what the chain would refuse. A key's signature must have
//! its `s` in the lower half, as transactions must (EIP-2): the chain would take both, and one
//! signature should have one form. And an owner without code may prove with ERC-6492 which contract
//! will be there, by its deployment: that is accepted here alone, for **Permit2 does not know 6492**;
//! whoever settles must deploy the contract first and hand on the inner signature.

use alloy_primitives::{Address, B256, Bytes, U256, b256, uint};
use alloy_sol_types::{SolCall as _, SolValue as _};
use revm::precompile::secp256k1::ec_recover_run;
use tenor_simulations::{After, AfterError, Script, SimulationError, SourceError, World};
use tenor_solver::venues::{Answer, Call, Read};

use super::{frozen::isValidSignatureCall, refusal::Refusal};

/// What an ERC-6492 signature ends with.
const MAGIC: B256 = b256!("6492649264926492649264926492649264926492649264926492649264926492");

/// Half of the order of secp256k1, rounded down.
const HALF_ORDER: U256 =
    uint!(0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0_U256);

/// What `ecrecover` is given: its fixed price.
const ECRECOVER_GAS: u64 = 3_000;

/// Who sends the deployment of an ERC-6492 signer in its simulation: nobody.
const DEPLOYER: Address = Address::repeat_byte(0x64);

/// How an owner signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signer {
    /// With a key.
    Key,
    /// As a contract that is there.
    Contract,
    /// As a contract that is not there yet: it must be deployed before Permit2 accepts `signature`.
    Undeployed {
        /// Deploys it ...
        factory: Address,
        /// ... when called with this.
        data: Bytes,
        /// What the contract then accepts.
        signature: Bytes,
    },
}

/// Checks that `owner` signed `digest`. Without a state only a key's signature can be told, and that
/// the owner has no code is then taken on trust.
pub fn check(
    owner: Address,
    digest: B256,
    signature: &Bytes,
    state: Option<&World>,
) -> Result<Signer, Refusal> {
    let Some(world) = state else {
        if unwrap(signature).is_some() || !matches!(signature.len(), 64 | 65) {
            return Err(Refusal::SignerUnknown(owner));
        }
        return key(owner, digest, signature);
    };
    if let Some(wrapped) = unwrap(signature) {
        return counterfactual(world, owner, digest, wrapped);
    }
    if has_code(world, owner)? {
        return contract(world, owner, digest, signature);
    }
    key(owner, digest, signature)
}

fn key(owner: Address, digest: B256, signature: &[u8]) -> Result<Signer, Refusal> {
    let found = recover(digest, signature)?;
    if found == owner { Ok(Signer::Key) } else { Err(Refusal::WrongSigner { found, owner }) }
}

/// The account whose key signed `digest`: 65 bytes (r, s, v) or 64 (EIP-2098: r, parity and s).
pub fn recover(digest: B256, signature: &[u8]) -> Result<Address, Refusal> {
    let (r, s, v) = match signature.len() {
        65 => (&signature[..32], U256::from_be_slice(&signature[32..64]), signature[64]),
        64 => {
            let word = U256::from_be_slice(&signature[32..]);
            let parity = if word.bit(255) { 28 } else { 27 };
            (&signature[..32], (word << 1) >> 1, parity)
        }
        other => return Err(Refusal::SignatureLength(other)),
    };
    if v != 27 && v != 28 {
        return Err(Refusal::SignatureRecovery(v));
    }
    if s > HALF_ORDER {
        return Err(Refusal::SignatureHighS);
    }
    ecrecover(digest, &[r, &s.to_be_bytes::<32>()].concat(), v).ok_or(Refusal::SignatureInvalid)
}

/// Whom the EVM's `ecrecover` finds: `rs` is r and s, 64 bytes. `None` where it finds nobody; of the
/// precompile itself, so that nobody is recovered here whom the chain would not recover.
pub(crate) fn ecrecover(digest: B256, rs: &[u8], v: u8) -> Option<Address> {
    let mut input = [0u8; 128];
    input[..32].copy_from_slice(digest.as_slice());
    input[63] = v;
    input.get_mut(64..)?.get_mut(..rs.len())?.copy_from_slice(rs);
    let run = ec_recover_run(&input, ECRECOVER_GAS).ok();
    let word = run.map(|output| output.bytes).filter(|bytes| bytes.len() == 32)?;
    Some(Address::from_slice(&word[12..]))
}

fn contract(
    world: &World,
    owner: Address,
    digest: B256,
    signature: &Bytes,
) -> Result<Signer, Refusal> {
    if accepts(world, owner, digest, signature)? {
        return Ok(Signer::Contract);
    }
    Err(Refusal::ContractRefused { owner })
}

/// Whether a contract says that a signature is its own. As Solidity reads the answer: one whole word,
/// whose bytes after the first four are zero.
fn accepts(
    world: &World,
    owner: Address,
    digest: B256,
    signature: &Bytes,
) -> Result<bool, SourceError> {
    let call = isValidSignatureCall { hash: digest, signature: signature.clone() };
    let data = call.abi_encode().into();
    let answers = world.answer(&[Read::Call { to: owner, data }])?;
    let mut magic = [0u8; 32];
    magic[..4].copy_from_slice(&isValidSignatureCall::SELECTOR);
    Ok(
        matches!(answers.first(), Some(Answer::Returned(word)) if word.get(..32) == Some(&magic[..])),
    )
}

fn has_code(world: &World, account: Address) -> Result<bool, SourceError> {
    let answers = world.answer(&[Read::CodeHash(account)])?;
    Ok(matches!(answers.first(), Some(Answer::Word(hash)) if !hash.is_zero()))
}

/// An ERC-6492 signature, taken apart.
type Wrapped = (Address, Bytes, Bytes);

fn unwrap(signature: &[u8]) -> Option<Wrapped> {
    let wrapped = signature.strip_suffix(MAGIC.as_slice())?;
    Wrapped::abi_decode_params(wrapped).ok()
}

/// ERC-6492's order: a contract that is there is asked first, and only what it refuses is a reason to
/// call the factory (which may also make ready what is there).
fn counterfactual(
    world: &World,
    owner: Address,
    digest: B256,
    (factory, data, signature): Wrapped,
) -> Result<Signer, Refusal> {
    if has_code(world, owner)? && accepts(world, owner, digest, &signature)? {
        return Ok(Signer::Contract);
    }
    let undeployable = |why: String| Refusal::Undeployable { owner, factory, why };
    let script = Script {
        account: DEPLOYER,
        holdings: Vec::new(),
        approvals: Vec::new(),
        calls: vec![Call { to: factory, value: U256::ZERO, data: data.clone() }],
        watch: Vec::new(),
    };
    let After { world, .. } = match world.after(&script, world.block()) {
        Ok(after) => after,
        Err(AfterError::Script(SimulationError::Source(error))) => return Err(error.into()),
        Err(error) => return Err(undeployable(error.to_string())),
    };
    if !has_code(&world, owner)? {
        return Err(undeployable("no contract is there afterwards".to_owned()));
    }
    if !accepts(&world, owner, digest, &signature)? {
        return Err(Refusal::ContractRefused { owner });
    }
    Ok(Signer::Undeployed { factory, data, signature })
}
