//! Our Permit2 and our WETH9 beside the published ones.

use alloy_primitives::{Address, B256, Bytes, U256, address, b256, hex, keccak256};
use alloy_sol_types::{SolCall, SolValue, sol};
use k256::ecdsa::SigningKey;
use tenor_solver::venues::Call;

use super::{
    ALICE, BOB,
    lab::Lab,
    packages,
    reference::{Reference, Twins},
    tally::Tally,
};
use crate::world::rng::Rng;

sol! {
    struct TokenPermissions {
        address token;
        uint256 amount;
    }

    struct PermitTransferFrom {
        TokenPermissions permitted;
        uint256 nonce;
        uint256 deadline;
    }

    struct SignatureTransferDetails {
        address to;
        uint256 requestedAmount;
    }

    function DOMAIN_SEPARATOR() external view returns (bytes32);
    function permitTransferFrom(
        PermitTransferFrom permit,
        SignatureTransferDetails details,
        address owner,
        bytes signature
    ) external;
    function permitWitnessTransferFrom(
        PermitTransferFrom permit,
        SignatureTransferDetails details,
        address owner,
        bytes32 witness,
        string witnessTypeString,
        bytes signature
    ) external;
    function invalidateUnorderedNonces(uint256 word, uint256 mask) external;
    function nonceBitmap(address owner, uint256 word) external view returns (uint256);
    function approve(address token, address spender, uint160 amount, uint48 expiration) external;
    function transferFrom(address from, address to, uint160 amount, address token) external;

    interface Weth {
        function deposit() external payable;
        function withdraw(uint256 wad) external;
        function transfer(address to, uint256 amount) external returns (bool);
        function approve(address spender, uint256 amount) external returns (bool);
        function transferFrom(address from, address to, uint256 amount) external returns (bool);
        function totalSupply() external view returns (uint256);
    }
}

const PERMIT2: Address = address!("000000000022D473030F116dDEE9F6B43aC78BA3");
/// What `DOMAIN_SEPARATOR()` returns on mainnet.
const DOMAIN: B256 = b256!("866a5aba21966af95d6c7ab78eb2b2fc913915c28be3b9aa07cc04ff903e3f28");
const WITNESS_TYPE: &str =
    "Note witness)Note(bytes32 text)TokenPermissions(address token,uint256 amount)";

/// A key that only tests know.
fn signer() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).unwrap()
}

fn owner() -> Address {
    let point = signer().verifying_key().to_encoded_point(false);
    Address::from_slice(&keccak256(&point.as_bytes()[1..])[12..])
}

/// The code that Uniswap's own tests put at Permit2's address. On another chain than theirs it
/// computes its domain anew.
pub(crate) fn permit2_code() -> Bytes {
    packages::code_in_source("@uniswap/v4-periphery/lib/permit2/test/utils/DeployPermit2.sol")
}

/// The package holds what is deployed. Without the two words that the constructor fills in, the
/// code is that whose creation leads to Permit2's address: with the constructor before it, and the
/// salt `d3af2663da51c10215000000` at the deployer `4e59b448...4956C`, it was checked to do so.
#[test]
fn permit2_is_mainnets() {
    let mut code = permit2_code().to_vec();
    for word in [0x1b21, 0x1b47] {
        code[word..word + 32].fill(0);
    }
    let deployed = b256!("463331fa7a0d5f07488e42c37b461bb56a822145c161a821fbafe7d4e916b546");
    assert_eq!(keccak256(code), deployed);
    let mut lab = Lab::new();
    lab.place(PERMIT2, permit2_code());
    assert_eq!(lab.view(PERMIT2, &DOMAIN_SEPARATORCall {}), DOMAIN);
}

/// A transfer that the owner may have signed.
struct Permit {
    permit: PermitTransferFrom,
    spender: Address,
    witness: Option<B256>,
}

impl Permit {
    fn digest(&self) -> B256 {
        let stub = "TransferFrom(TokenPermissions permitted,address spender,uint256 nonce,\
                    uint256 deadline";
        let tokens = "TokenPermissions(address token,uint256 amount)";
        let PermitTransferFrom { permitted, nonce, deadline } = &self.permit;
        let permissions =
            keccak256((keccak256(tokens), permitted.token, permitted.amount).abi_encode());
        let (spender, witness) = (self.spender, self.witness.unwrap_or_default());
        let message = if self.witness.is_some() {
            let kind = keccak256(format!("PermitWitness{stub},{WITNESS_TYPE}"));
            (kind, permissions, spender, nonce, deadline, witness).abi_encode()
        } else {
            let kind = keccak256(format!("Permit{stub}){tokens}"));
            (kind, permissions, spender, nonce, deadline).abi_encode()
        };
        keccak256((hex!("1901"), DOMAIN, keccak256(message)).abi_encode_packed())
    }

    /// 65 bytes, or 64 with the parity in the top bit; sometimes damaged.
    fn signature(&self, rng: &mut Rng) -> Bytes {
        let digest = self.digest();
        let (signature, parity) = signer().sign_prehash_recoverable(digest.as_slice()).unwrap();
        let mut bytes = signature.to_vec();
        match rng.below(12) {
            0 | 1 => bytes[32] |= parity.to_byte() << 7,
            2 => bytes.truncate(40),
            3 => bytes.push(99),
            4 => bytes.extend([27 + parity.to_byte(), 0]),
            5 => bytes.push(28 - parity.to_byte()),
            _ => bytes.push(27 + parity.to_byte()),
        }
        bytes.into()
    }

    fn call(&self, asked: U256, signature: Bytes) -> Bytes {
        let (permit, owner) = (self.permit.clone(), owner());
        let details = SignatureTransferDetails { to: BOB, requestedAmount: asked };
        let witness_type = WITNESS_TYPE.to_owned();
        match self.witness {
            Some(witness) => permitWitnessTransferFromCall {
                permit,
                details,
                owner,
                witness,
                witnessTypeString: witness_type,
                signature,
            }
            .abi_encode()
            .into(),
            None => {
                permitTransferFromCall { permit, details, owner, signature }.abi_encode().into()
            }
        }
    }
}

/// Two chains with a token that the owner lets Permit2 move.
fn permit2_twins() -> (Twins, Address) {
    let mut real = Lab::new();
    let token = real.token(18);
    real.place(PERMIT2, permit2_code());
    let mut ours = real.clone();
    Reference::replace(&mut ours, "Permit2", PERMIT2);
    let mut twins = Twins { real, ours };
    twins.both(|lab| {
        lab.mint(token, owner(), U256::ONE << 100);
        lab.allow(token, owner(), PERMIT2);
    });
    (twins, token)
}

fn signed_transfer(rng: &mut Rng, now: u64, token: Address) -> Bytes {
    let amount = rng.bits(1, 90);
    let permitted = TokenPermissions { token, amount };
    let deadline = U256::from(now + 5 - rng.below(6));
    // Few words of few nonces: some are used already.
    let nonce = (U256::from(rng.below(3)) << 8) + U256::from(rng.below(256));
    let mut permit = Permit {
        permit: PermitTransferFrom { permitted, nonce, deadline },
        spender: if rng.chance(12) { BOB } else { ALICE },
        witness: rng.chance(2).then(|| B256::from(rng.bits(1, 256))),
    };
    let signature = permit.signature(rng);
    match rng.below(12) {
        0 => permit.permit.deadline = U256::from(now - 1),
        1 => permit.permit.permitted.token = permit.permit.permitted.token.create(1),
        2 => permit.permit.nonce += U256::ONE,
        _ => {}
    }
    let asked = if rng.chance(10) { amount + U256::ONE } else { rng.upto(amount) };
    permit.call(asked, signature)
}

/// Plain allowances, and nonces taken back.
fn unsigned(rng: &mut Rng, now: u64, token: Address) -> (Address, Bytes) {
    let amount = rng.bits(1, 90).to();
    let expiration = rng.pick(&[0, now - 1, now, now + 100]).try_into().unwrap();
    match rng.below(6) {
        0 | 1 => {
            let call = approveCall { token, spender: ALICE, amount, expiration };
            (owner(), call.abi_encode().into())
        }
        2 => {
            let (word, mask) = (U256::from(rng.below(3)), U256::ONE << rng.below(256));
            (owner(), invalidateUnorderedNoncesCall { word, mask }.abi_encode().into())
        }
        _ => {
            let call = transferFromCall { from: owner(), to: BOB, amount, token };
            (ALICE, call.abi_encode().into())
        }
    }
}

#[test]
fn our_permit2_is_the_published_one() {
    let (mut tally, mut rng) = Tally::new("our Permit2", &["@uniswap/v4-periphery"]);
    let (blank, token) = permit2_twins();
    while tally.wants_more() {
        let mut twins = blank.clone();
        tally.equal("the domain", twins.ours.view(PERMIT2, &DOMAIN_SEPARATORCall {}), DOMAIN, ());
        for _ in 0..40 {
            let now = twins.real.now();
            let (from, data) = if rng.chance(3) {
                unsigned(&mut rng, now, token)
            } else {
                (ALICE, signed_transfer(&mut rng, now, token))
            };
            twins.call(&mut tally, from, &Call { to: PERMIT2, value: U256::ZERO, data });
            twins.same(&mut tally, "a balance", |lab| lab.balance(token, BOB));
            for word in [0, 1, 2].map(U256::from) {
                let call = nonceBitmapCall { owner: owner(), word };
                twins.same(&mut tally, "the nonces", |lab| lab.view(PERMIT2, &call));
            }
            let seconds = rng.below(3);
            twins.both(|lab| lab.warp(seconds));
        }
    }
    tally.report();
}

fn random_weth_call(rng: &mut Rng) -> (U256, Bytes) {
    let wad = rng.bits(1, 70);
    let data = match rng.below(7) {
        0 => Weth::depositCall {}.abi_encode(),
        1 => vec![],
        2 => Weth::withdrawCall { wad }.abi_encode(),
        3 => Weth::transferCall { to: BOB, amount: wad }.abi_encode(),
        4 => {
            let amount = if rng.chance(3) { U256::MAX } else { wad };
            Weth::approveCall { spender: BOB, amount }.abi_encode()
        }
        5 => Weth::transferFromCall { from: ALICE, to: BOB, amount: wad }.abi_encode(),
        _ => Weth::totalSupplyCall {}.abi_encode(),
    };
    // Ether for a function that takes none is refused.
    let paid = data.len() < 5 || rng.chance(20);
    (if paid { wad } else { U256::ZERO }, data.into())
}

#[test]
fn our_weth_is_the_published_one() {
    let (mut tally, mut rng) = Tally::new("our WETH9", &["canonical-weth"]);
    let mut real = Lab::new();
    let weth = real.weth();
    let mut ours = real.clone();
    let reference = Reference::replace(&mut ours, "WETH9", weth);
    reference.set(&mut ours, "decimals", U256::from(18));
    let mut twins = Twins { real, ours };
    twins.both(|lab| [ALICE, BOB].into_iter().for_each(|who| lab.deal(who, U256::ONE << 100)));
    while tally.wants_more() {
        let from = rng.pick(&[ALICE, BOB]);
        let (value, data) = random_weth_call(&mut rng);
        twins.call(&mut tally, from, &Call { to: weth, value, data });
        for who in [ALICE, BOB] {
            twins.same(&mut tally, "WETH", |lab| lab.balance(weth, who));
            twins.same(&mut tally, "ether", |lab| lab.ether(who));
        }
    }
    tally.report();
}
