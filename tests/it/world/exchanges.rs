//! Uniswap V2, Uniswap V3, Curve and WETH.

use alloy_primitives::{Address, I256, U256, aliases::U24, aliases::U160};
use alloy_sol_types::{SolCall, sol};
use tenor_simulations::{
    Expected, Report, Script, SimulationError, World, compare as confirm, simulate, world::PairSeed,
};
use tenor_solver::{
    amount::WAD,
    ledger::Ledger,
    venues::{
        Approval, Call, CurveFigures, CurveStableSwap, DenominatorForm, Encoded, KnownRange,
        LidoFigures, MAX_SQRT_RATIO, MIN_SQRT_RATIO, NATIVE, Quote, QuoteError, Rebase, StakeLimit,
        Swap, Tick, Trade, UniswapV2, UniswapV3, UniswapV3Figures, Venue, VenueId, Weth,
        sqrt_ratio_at, tick_at,
    },
};

use super::{
    ALICE, WETH, at, builder,
    rng::Rng,
    trial::{Trial, compare, ether, never, trades},
};

sol! {
    struct ExactInputSingleParams {
        address tokenIn;
        address tokenOut;
        uint24 fee;
        address recipient;
        uint256 amountIn;
        uint256 amountOutMinimum;
        uint160 sqrtPriceLimitX96;
    }

    function exactInputSingle(ExactInputSingleParams params) external payable returns (uint256);
}

const TOKENS: [Address; 2] = [at(0x11), at(0x22)];
const ROUTER: Address = at(0xaa);
const POOL: Address = at(0xbb);
const BOTH: [(usize, usize); 2] = [(0, 1), (1, 0)];

fn weth(rng: &mut Rng) -> Trial {
    let mut builder = builder();
    builder.weth(WETH).unwrap();
    // Somebody else's ether lies there too.
    builder.fund(WETH, at(1), ether(rng)).unwrap();
    let scale = vec![ether(rng), ether(rng)];
    let venue = Box::new(Weth::new(WETH));
    Trial { world: builder.build(), venue, scale, ways: BOTH.to_vec(), stricter: never }
}

#[test]
fn weth_agrees() {
    compare("weth", weth);
}

fn pair(rng: &mut Rng) -> Trial {
    let small = rng.chance(3);
    let reserves = [0, 1].map(|_| if small { rng.bits(1, 24) } else { rng.bits(30, 112) });
    let fee_ppm = rng.pick(&[0, 1000, 2000, 3000, 3000, 10_000, 997_000]);
    let mut builder = builder();
    builder.token(TOKENS[0], 18).unwrap();
    builder.tether(TOKENS[1], 6).unwrap();
    let seed = PairSeed { pair: POOL, router: ROUTER, tokens: TOKENS, reserves, fee_ppm };
    builder.uniswap_v2(&seed).unwrap();
    let id = VenueId::new("pair");
    let venue = UniswapV2::new(id, POOL, ROUTER, TOKENS, reserves, fee_ppm).unwrap();
    let scale = reserves.map(|reserve| reserve * U256::from(4)).to_vec();
    let (world, venue) = (builder.build(), Box::new(venue));
    Trial { world, venue, scale, ways: BOTH.to_vec(), stricter: never }
}

#[test]
fn uniswap_v2_agrees() {
    compare("uniswap_v2", pair);
}

/// Positions around a random price, within ticks that leave room for amounts in 112 bits.
fn pool_figures(rng: &mut Rng) -> UniswapV3Figures {
    let tick_spacing = rng.pick(&[1, 10, 60, 200]);
    let fee_ppm = rng.pick(&[100, 500, 3000, 10_000]);
    let center = rng.between(-200_000, 200_000) / tick_spacing * tick_spacing;
    let mut net = std::collections::BTreeMap::<i32, i128>::new();
    let width = rng.pick(&[3, 40, 600]);
    for _ in 0..1 + rng.below(8) {
        let low = center + rng.between(-width, width) * tick_spacing;
        let high = low + rng.between(1, width) * tick_spacing;
        let liquidity = i128::try_from(rng.bits(20, 88)).unwrap();
        *net.entry(low).or_default() += liquidity;
        *net.entry(high).or_default() -= liquidity;
    }
    let ticks: Vec<_> =
        net.into_iter().map(|(tick, liquidity_net)| Tick { tick, liquidity_net }).collect();
    let (first, last) = (ticks[0].tick, ticks[ticks.len() - 1].tick);
    let tick = rng.between(first, last);
    let (low, high) = (sqrt_ratio_at(tick).unwrap(), sqrt_ratio_at(tick + 1).unwrap());
    let sqrt_price_x96 = if rng.chance(5) { low } else { low + rng.upto(high - low - U256::ONE) };
    let below = ticks.iter().filter(|t| t.tick <= tick);
    let liquidity = u128::try_from(below.map(|t| t.liquidity_net).sum::<i128>()).unwrap();
    let known = KnownRange {
        lower_tick: rng.between(first - 300, tick + 1).div_euclid(tick_spacing) * tick_spacing,
        upper_tick: (rng.between(tick, last + 300).div_euclid(tick_spacing) + 1) * tick_spacing,
    };
    UniswapV3Figures {
        id: VenueId::new("pool"),
        pool: POOL,
        router: ROUTER,
        tokens: TOKENS,
        fee_ppm,
        tick_spacing,
        sqrt_price_x96,
        tick: tick_at(sqrt_price_x96).unwrap(),
        liquidity,
        ticks,
        known: (tick_spacing < 60 || rng.chance(2)).then_some(known),
    }
}

fn pool_world(figures: &UniswapV3Figures) -> World {
    let mut builder = builder();
    builder.weth(WETH).unwrap();
    builder.token(TOKENS[0], 18).unwrap();
    builder.token(TOKENS[1], 18).unwrap();
    builder.uniswap_v3(figures).unwrap();
    builder.build()
}

/// A pool known whole gives back what it cannot use; the model does not trade a part.
fn a_part(error: &QuoteError) -> bool {
    matches!(error, QuoteError::Limit { what: "liquidity of the pool", .. })
}

fn pool(rng: &mut Rng) -> Trial {
    let figures = pool_figures(rng);
    let world = pool_world(&figures);
    let venue = Box::new(UniswapV3::new(figures).unwrap());
    let scale = vec![U256::ONE << 120; 2];
    Trial { world, venue, scale, ways: BOTH.to_vec(), stricter: a_part }
}

#[test]
fn uniswap_v3_agrees() {
    compare("uniswap_v3", pool);
}

/// A swap of the pool itself.
#[derive(Debug, Clone, Copy)]
struct PoolSwap {
    fee_ppm: u32,
    down: bool,
    amount: I256,
    limit: U256,
}

impl PoolSwap {
    fn new(rng: &mut Rng, venue: &UniswapV3, fee_ppm: u32) -> Self {
        let (down, amount) = (rng.chance(2), rng.bits(1, 110));
        let away = rng.between(1, 5000) * if down { -1 } else { 1 };
        let limit = match (rng.chance(2), down) {
            (true, _) => sqrt_ratio_at(venue.tick() + away).unwrap(),
            (false, true) => MIN_SQRT_RATIO + U256::ONE,
            (false, false) => MAX_SQRT_RATIO - U256::ONE,
        };
        Self { fee_ppm, down, amount: rng.sign(amount), limit }
    }

    /// What Alice has left of 2^200 of each token; `None` when the contract refuses.
    fn run(self, world: &World) -> Option<Report> {
        let (from, to) = if self.down { (0, 1) } else { (1, 0) };
        let params = ExactInputSingleParams {
            tokenIn: TOKENS[from],
            tokenOut: TOKENS[to],
            fee: U24::from(self.fee_ppm),
            recipient: ALICE,
            amountIn: self.amount.into_raw(),
            amountOutMinimum: U256::ZERO,
            sqrtPriceLimitX96: U160::from(self.limit),
        };
        let data = exactInputSingleCall { params }.abi_encode().into();
        let script = Script {
            account: ALICE,
            holdings: TOKENS.map(|token| (token, U256::ONE << 200)).to_vec(),
            approvals: vec![Approval { token: TOKENS[from], spender: ROUTER, amount: U256::MAX }],
            calls: vec![Call { to: ROUTER, value: U256::ZERO, data }],
            watch: TOKENS.to_vec(),
        };
        match simulate(world, &script) {
            Ok(report) => Some(report),
            Err(SimulationError::Reverted { .. }) => None,
            Err(other) => panic!("{other}: {self:?}"),
        }
    }
}

/// The router passes its amount on as a signed number: a negative one asks the pool for an exact
/// output, which no venue call does but the model knows. Price limits come with it.
#[test]
fn uniswap_v3_agrees_on_exact_outputs_and_price_limits() {
    let seed = Rng::seed();
    println!("uniswap_v3 exact: TENOR_SEED={seed}");
    let mut rng = Rng::new(seed);
    let (mut agreed, mut refused) = (0, 0);
    while agreed < trades() {
        let figures = pool_figures(&mut rng);
        let fee_ppm = figures.fee_ppm;
        let (world, venue) = (pool_world(&figures), UniswapV3::new(figures).unwrap());
        let swap = PoolSwap::new(&mut rng, &venue, fee_ppm);
        match (venue.swap_exact(swap.down, swap.amount, swap.limit), swap.run(&world)) {
            (Err(_), None) => refused += 1,
            // The pool moves its price where there is no liquidity; the router does not.
            (Ok(result), None) if result.amount0.is_zero() && result.amount1.is_zero() => {
                refused += 1;
            }
            (Ok(result), Some(report)) => {
                let left = |amount| (I256::from_raw(U256::ONE << 200) - amount).into_raw();
                let expected = [
                    Expected::units(TOKENS[0], left(result.amount0)),
                    Expected::units(TOKENS[1], left(result.amount1)),
                ];
                confirm(&expected, &report)
                    .unwrap_or_else(|error| panic!("{error}: {venue:?} {swap:?}"));
                agreed += 1;
            }
            (model, contract) => panic!("{model:?}, {contract:?}: {venue:?} {swap:?}"),
        }
    }
    println!("uniswap_v3 exact: {agreed} agree, {refused} are refused by both");
}

fn curve_figures(rng: &mut Rng, coins: [Address; 2]) -> CurveFigures {
    let balance = rng.bits(20, 90);
    CurveFigures {
        id: VenueId::new("curve"),
        pool: POOL,
        coins: coins.to_vec(),
        balances: vec![rng.near(balance), rng.near(balance)],
        amp_scaled: U256::from(100 * (2 + rng.below(3000))),
        rates: vec![WAD; 2],
        fee_1e10: U256::from(rng.below(100_000_000)),
        admin_fee_1e10: U256::from(rng.pick(&[0u64, 5_000_000_000, 10_000_000_000])),
        form: rng.pick(&[DenominatorForm::PlusOne, DenominatorForm::Plain]),
    }
}

fn curve(rng: &mut Rng, coins: [Address; 2]) -> Trial {
    let figures = curve_figures(rng, coins);
    let mut builder = builder();
    for coin in coins.into_iter().filter(|coin| *coin != NATIVE) {
        builder.token(coin, 18).unwrap();
    }
    builder.curve(&figures).unwrap();
    let scale = figures.balances.iter().map(|balance| *balance * U256::from(4)).collect();
    let (world, venue) = (builder.build(), Box::new(CurveStableSwap::new(figures).unwrap()));
    Trial { world, venue, scale, ways: BOTH.to_vec(), stricter: drained }
}

/// Of a balance that is dust Curve's rounding can be taken out, and the model trades no more.
fn drained(error: &QuoteError) -> bool {
    matches!(error, QuoteError::Unknown { what, .. } if what.starts_with("a balance is dust"))
}

#[test]
fn curve_with_ether_agrees() {
    compare("curve ETH", |rng| curve(rng, [NATIVE, TOKENS[1]]));
}

#[test]
fn curve_of_tokens_agrees() {
    compare("curve", |rng| curve(rng, TOKENS));
}

/// The stETH that a pool holds are shares: what arrives is worth up to a unit less than what was
/// named, and the model counts what was named. So the first trade is exact, and the second only
/// within what a unit of a balance makes.
#[test]
fn curve_with_steth_agrees_on_the_first_trade() {
    let seed = Rng::seed();
    println!("curve stETH: TENOR_SEED={seed}");
    let mut rng = Rng::new(seed);
    let mut second = [0usize; 3];
    for _ in 0..trades() {
        let trial = StethTrial::new(&mut rng);
        let (expected, report) = trial.run(&mut rng, 1);
        confirm(&expected, &report).unwrap_or_else(|error| panic!("{error}: {trial:?}"));
        let (expected, report) = trial.run(&mut rng, 2);
        let off = expected.iter().zip(&report.after).map(|(e, m)| e.balance.abs_diff(m.balance));
        let off = off.max().unwrap();
        second[off.saturating_to::<usize>().min(2)] += 1;
    }
    println!("curve stETH: second trade exact, off by one, off by more: {second:?}");
}

#[derive(Debug)]
struct StethTrial {
    lido: LidoFigures,
    figures: CurveFigures,
    world: World,
}

impl StethTrial {
    fn new(rng: &mut Rng) -> Self {
        let total_pooled_ether = rng.bits(70, 90);
        let lido = LidoFigures {
            steth: TOKENS[1],
            wsteth: at(0x33),
            total_pooled_ether,
            total_shares: rng.near(total_pooled_ether),
            stake_limit: StakeLimit::Unlimited,
        };
        let figures = curve_figures(rng, [NATIVE, TOKENS[1]]);
        let mut builder = builder();
        builder.lido(&lido).unwrap();
        builder.curve(&figures).unwrap();
        Self { lido, figures, world: builder.build() }
    }

    fn run(&self, rng: &mut Rng, trades: usize) -> (Vec<Expected>, Report) {
        let rebase = Rebase::down(self.lido.total_pooled_ether, self.lido.total_shares);
        let mut venue = CurveStableSwap::new(self.figures.clone()).unwrap();
        let mut ledger = Ledger::default();
        let rebases = [None, Some(rebase)];
        let swaps: Vec<_> = (0..trades)
            .map(|_| {
                let from = usize::from(rng.chance(2));
                let amount = rng.upto(self.figures.balances[from]);
                Swap { from, to: 1 - from, amount }
            })
            .collect();
        for swap in &swaps {
            let stored = rebases[swap.from]
                .map_or(Some(swap.amount), |rebase| rebase.fewest_shares(swap.amount));
            let stored = Quote::of(stored.unwrap());
            ledger.credit(self.figures.coins[swap.from], &stored, None).unwrap();
        }
        let holdings: Vec<_> = ledger.tokens().map(|token| (token, ledger.stored(token))).collect();
        let (mut approvals, mut calls) = (vec![], vec![]);
        for swap in swaps {
            let trade = Trade { swap, min_out: U256::ZERO, recipient: ALICE, deadline: 0 };
            let Encoded { approval, calls: call } = venue.encode(&trade);
            let Ok(quote) = venue.trade(swap) else { continue };
            approvals.extend(approval.map(|a| Approval { amount: U256::MAX, ..a }));
            calls.extend(call);
            let [from, to] = [swap.from, swap.to].map(|i| self.figures.coins[i]);
            ledger.debit(from, swap.amount, rebases[swap.from]).unwrap();
            ledger.credit(to, &quote, rebases[swap.to]).unwrap();
        }
        let watch = self.figures.coins.to_vec();
        let script = Script { account: ALICE, holdings, approvals, calls, watch };
        let report =
            simulate(&self.world, &script).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        let expected = self.figures.coins.iter().zip(rebases).map(|(coin, rebase)| Expected {
            token: *coin,
            balance: ledger.balance(*coin, rebase).unwrap(),
            stored: ledger.stored(*coin),
        });
        (expected.collect(), report)
    }
}
