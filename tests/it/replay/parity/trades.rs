//! One random trade of each kind: what the venue's native maths says, and what the contract does.

use alloy_primitives::{Address, Bytes, U256, address};
use alloy_sol_types::sol;
use tenor_solver::venues::{
    Capacity, EtherFi, EtherFiFigures, Lido, LidoFigures, StakeLimit, Swap, UniswapV2, Venue,
    VenueId,
};

use super::field::{Ended, Field, TRADER, Visit};
use crate::world::rng::Rng;

sol! {
    function deposit() external payable;
    function withdraw(uint256 amount) external;
    function transfer(address to, uint256 amount) external;
    function approve(address spender, uint256 amount) external;
    function balanceOf(address account) external view returns (uint256);
    function token0() external view returns (address);
    function token1() external view returns (address);
    function getReserves() external view returns (uint112, uint112, uint32);
    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes data) external;
    function getTotalPooledEther() external view returns (uint256);
    function getTotalShares() external view returns (uint256);
    function totalShares() external view returns (uint256);
    function submit(address referral) external payable returns (uint256);
    function sharesOf(address account) external view returns (uint256);
    function wrap(uint256 amount) external returns (uint256);
    function unwrap(uint256 amount) external returns (uint256);
    function getWstETHByStETH(uint256 amount) external view returns (uint256);
    function getStETHByWstETH(uint256 amount) external view returns (uint256);
    function getWeETHByeETH(uint256 amount) external view returns (uint256);
    function getEETHByWeETH(uint256 amount) external view returns (uint256);
}

const WETH: Address = address!("C02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2");
const STETH: Address = address!("ae7ab96520DE3A18E5e111B5EaAb095312D7fE84");
const WSTETH: Address = address!("7f39C581F595B53c5cb19bD0b3f8dA6c935E2Ca0");
const EETH: Address = address!("35fA164735182de50811E8e2E824cFb9B6118ac2");
const WEETH: Address = address!("Cd5fE23C85820F7B72D0926FC9b05b43E359b7ee");
const ETHER_FI: Address = address!("308861A430be4cce5502d0A12724771Fc6DaF216");
const PAIRS: [Address; 3] = [
    address!("B4e16d0168e52d35CaCD2c6185b44281Ec28C9Dc"),
    address!("0d4a11d5EEaaC28EC3F61d100daF4d40471f1852"),
    address!("397FF1542f962076d0BFE58eA045FfA2d347ACa0"),
];

/// Whom a trade here lets spend.
pub(super) const SPENDERS: [Address; 4] =
    [WSTETH, WEETH, super::crypto::TRICRYPTO, super::crypto::TRICRV];

/// What one trade came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// To the last unit.
    Equal,
    /// Neither trades.
    Refused,
    /// The recording does not hold what it reads.
    NotRecorded,
}

/// What is traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    WrapEther,
    Pair,
    PairBack,
    StakeLido,
    WrapLido,
    ConvertEtherFi,
}

impl Kind {
    pub(super) const ALL: [Self; 6] = [
        Self::WrapEther,
        Self::Pair,
        Self::PairBack,
        Self::StakeLido,
        Self::WrapLido,
        Self::ConvertEtherFi,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::WrapEther => "WETH9, both ways",
            Self::Pair => "V2 pair, ether in",
            Self::PairBack => "V2 pair, there and back",
            Self::StakeLido => "stETH, staked",
            Self::WrapLido => "wstETH, both ways",
            Self::ConvertEtherFi => "weETH, both ways",
        }
    }

    /// How many blocks share its trades.
    pub(super) const fn blocks(self) -> u32 {
        match self {
            Self::WrapEther => 10,
            Self::Pair | Self::PairBack => 2,
            Self::StakeLido | Self::WrapLido | Self::ConvertEtherFi => 1,
        }
    }

    /// # Panics
    ///
    /// Where the contract and the native maths differ.
    pub(super) fn trade(self, field: &Field, rng: &mut Rng) -> Outcome {
        let amount = rng.bits(8, 84);
        let mut visit = field.visit();
        let done = match self {
            Self::WrapEther => wrap_ether(&mut visit, amount),
            Self::Pair => pair(&mut visit, rng, amount, false),
            Self::PairBack => pair(&mut visit, rng, amount, true),
            Self::StakeLido => stake_lido(&mut visit, amount),
            Self::WrapLido => wrap_lido(&mut visit, amount),
            Self::ConvertEtherFi => convert_ether_fi(&mut visit, amount),
        };
        done.unwrap_or_else(|ended| match ended {
            Ended::NotRecorded => Outcome::NotRecorded,
            Ended::Reverted => panic!(
                "{} refuses {amount} on block {} at {}, and the model does not",
                self.name(),
                field.number,
                field.timestamp()
            ),
        })
    }
}

type Traded = Result<Outcome, Ended>;

pub(super) fn balance(visit: &mut Visit<'_>, token: Address) -> Result<U256, Ended> {
    visit.view(token, &balanceOfCall { account: TRADER })
}

fn wrap_ether(visit: &mut Visit<'_>, amount: U256) -> Traded {
    visit.pay(WETH, amount, &depositCall {})?;
    assert_eq!(balance(visit, WETH)?, amount);
    visit.send(WETH, &withdrawCall { amount })?;
    assert_eq!(balance(visit, WETH)?, U256::ZERO);
    Ok(Outcome::Equal)
}

/// Ether into one of the pairs, and perhaps out again: the pair gives what the model says, and
/// nothing more.
fn pair(visit: &mut Visit<'_>, rng: &mut Rng, amount: U256, back: bool) -> Traded {
    let pool = rng.pick(&PAIRS);
    let tokens = [visit.view(pool, &token0Call {})?, visit.view(pool, &token1Call {})?];
    let getReservesReturn { _0, _1, .. } = visit.view(pool, &getReservesCall {})?;
    let (id, reserves) = (VenueId::new("pair"), [_0, _1].map(U256::from));
    let mut venue = UniswapV2::new(id, pool, pool, tokens, reserves, 3000).unwrap();
    let ether = tokens.iter().position(|token| *token == WETH).unwrap();
    visit.pay(WETH, amount, &depositCall {})?;
    visit.send(WETH, &transferCall { to: pool, amount })?;
    let swap = Swap { from: ether, to: 1 - ether, amount };
    let Ok(quote) = venue.trade(swap) else {
        return refused(visit, pool, swap, U256::ONE);
    };
    gives(visit, pool, tokens, swap, quote.out)?;
    if back {
        let amount = U256::ONE + quote.out * U256::from(rng.below(1000)) / U256::from(1001);
        visit.send(tokens[1 - ether], &transferCall { to: pool, amount })?;
        let swap = Swap { from: 1 - ether, to: ether, amount };
        match venue.trade(swap) {
            Ok(quote) => gives(visit, pool, tokens, swap, quote.out)?,
            Err(_) => return refused(visit, pool, swap, U256::ONE),
        }
    }
    Ok(Outcome::Equal)
}

fn taking(swap: Swap, out: U256) -> swapCall {
    let mut outs = [U256::ZERO; 2];
    outs[swap.to] = out;
    swapCall { amount0Out: outs[0], amount1Out: outs[1], to: TRADER, data: Bytes::new() }
}

fn gives(
    visit: &mut Visit<'_>,
    pool: Address,
    tokens: [Address; 2],
    swap: Swap,
    out: U256,
) -> Result<(), Ended> {
    let more = visit.view(pool, &taking(swap, out + U256::ONE)).map(|_| ());
    assert_ne!(more, Ok(()), "{swap:?} would have given more than {out}");
    let before = balance(visit, tokens[swap.to])?;
    visit.send(pool, &taking(swap, out))?;
    assert_eq!(balance(visit, tokens[swap.to])? - before, out, "{swap:?}");
    Ok(())
}

fn refused(visit: &mut Visit<'_>, pool: Address, swap: Swap, least: U256) -> Traded {
    match visit.send(pool, &taking(swap, least)) {
        Err(Ended::Reverted) => Ok(Outcome::Refused),
        Err(Ended::NotRecorded) => Err(Ended::NotRecorded),
        Ok(_) => panic!("{swap:?} is refused by the model alone"),
    }
}

fn lido(visit: &mut Visit<'_>) -> Result<Lido, Ended> {
    let figures = LidoFigures {
        steth: STETH,
        wsteth: WSTETH,
        total_pooled_ether: visit.view(STETH, &getTotalPooledEtherCall {})?,
        total_shares: visit.view(STETH, &getTotalSharesCall {})?,
        stake_limit: StakeLimit::Unknown("not looked at".into()),
    };
    Ok(Lido::new(VenueId::new("lido"), figures))
}

/// Amounts of ether that the stake limit lets through.
pub(super) fn stakeable(amount: U256) -> U256 {
    U256::ONE + amount % U256::from(10).pow(U256::from(21))
}

fn stake_lido(visit: &mut Visit<'_>, amount: U256) -> Traded {
    let (mut venue, amount) = (lido(visit)?, stakeable(amount));
    let quote = venue.trade(Swap { from: 0, to: 1, amount }).unwrap();
    visit.pay(STETH, amount, &submitCall { referral: Address::ZERO })?;
    let account = TRADER;
    assert_eq!(Some(visit.view(STETH, &sharesOfCall { account })?), quote.shares, "{amount}");
    assert_eq!(
        balance(visit, STETH)?,
        venue.rebase(1).unwrap().balance(quote.shares.unwrap()).unwrap()
    );
    Ok(Outcome::Equal)
}

fn wrap_lido(visit: &mut Visit<'_>, amount: U256) -> Traded {
    let venue = lido(visit)?;
    let told = |from, to| venue.quote(Swap { from, to, amount }).map_or(U256::ZERO, |q| q.out);
    let wrapped = visit.view(WSTETH, &getWstETHByStETHCall { amount })?;
    assert_eq!(wrapped, told(1, 2), "{amount} stETH");
    let unwrapped = visit.view(WSTETH, &getStETHByWstETHCall { amount })?;
    assert_eq!(unwrapped, told(2, 1), "{amount} wstETH");
    Ok(Outcome::Equal)
}

fn convert_ether_fi(visit: &mut Visit<'_>, amount: U256) -> Traded {
    let figures = EtherFiFigures {
        liquidity_pool: ETHER_FI,
        eeth: EETH,
        weeth: WEETH,
        total_pooled_ether: visit.view(ETHER_FI, &getTotalPooledEtherCall {})?,
        total_shares: visit.view(EETH, &totalSharesCall {})?,
        deposit_capacity: Capacity::Unlimited,
    };
    let venue = EtherFi::new(VenueId::new("ether.fi"), figures);
    let told = |from, to| venue.quote(Swap { from, to, amount }).map_or(U256::ZERO, |q| q.out);
    let wrapped = visit.view(WEETH, &getWeETHByeETHCall { amount })?;
    assert_eq!(wrapped, told(1, 2), "{amount} eETH");
    let unwrapped = visit.view(WEETH, &getEETHByWeETHCall { amount })?;
    assert_eq!(unwrapped, told(2, 1), "{amount} weETH");
    Ok(Outcome::Equal)
}
