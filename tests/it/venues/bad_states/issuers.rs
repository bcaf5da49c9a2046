//! Staking, restaking, and vaults.

use alloy_primitives::U256;
use tenor_solver::{
    amount::WAD,
    venues::{
        ActiveStake, Burns, Capacity, Credits, Deposits, Dinero, Door, EigenLayer, Erc4626,
        Erc4626Figures, EtherFi, EtherFiFigures, FraxMinter, FraxQueue, InstantBuffer, Kelp, Lido,
        LidoFigures, OriginVault, Pirex, Renzo, Reported, RocketPool, RocketPoolFigures, Stader,
        StakeLimit, StoredPrice, Strategy, Swap, Symbiotic, Tvl, Venue, Wait, WrappedOeth,
    },
};

use super::{
    super::samples::{issuers, staking},
    A, B, Cell, NO_LIMIT, NO_PAUSE, NO_SHARES, NO_TERM, NOT_LENT, Never, Refuses, Row, Trades,
    back, id, there, whole,
};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = stakers().to_vec();
    rows.extend(restakers());
    rows.extend(vaults());
    rows
}

/// A row of a kind without a term that lends nothing: zero supply, rate of zero, paused, limit.
pub(super) const fn row(kind: &'static str, [supply, rate, paused, limit]: [Cell; 4]) -> Row {
    let (term, lent) = (Never(NO_TERM), Never(NOT_LENT));
    (kind, [supply, rate, paused, limit, term, lent, lent])
}

pub(super) const fn capped(amount: U256) -> Capacity {
    Capacity::Limited { amount, what: "its cap", refill_per_block: None }
}

fn full() -> Door {
    Door::up_to(capped(whole(99)))
}

fn open() -> Door {
    Door::up_to(Capacity::Unlimited)
}

fn frax(door: Door) -> FraxMinter {
    let queue = FraxQueue::Unknown("its length".into());
    FraxMinter::frax(id("frax_minter"), A, B, door, &queue)
}

fn oeth(door: Door) -> OriginVault {
    OriginVault::origin(id("origin"), A, [A, B], door, None)
}

fn dinero(change: fn(&mut Pirex), paused: bool) -> Dinero {
    let mut pirex = Pirex {
        pirex: A,
        deposit_fee: U256::from(600),
        instant_fee: U256::from(5_000),
        redemption_fee: U256::from(300),
        buffer: whole(1_000),
        buffer_part: U256::from(100_000),
        supply: whole(300_000),
    };
    change(&mut pirex);
    Dinero::dinero(id("dinero"), B, pirex, Some(paused))
}

fn stader(assets: U256, shares: U256, door: Door) -> Stader {
    Stader::stader(id("stader"), B, Reported { manager: A, assets, shares }, door, None)
}

fn lido(change: fn(&mut LidoFigures)) -> Lido {
    let mut figures = staking::lido();
    change(&mut figures);
    Lido::new(id("lido"), figures)
}

fn rocket_pool(change: fn(&mut RocketPoolFigures)) -> RocketPool {
    let mut figures = staking::rocket_pool();
    change(&mut figures);
    RocketPool::new(id("rocket_pool"), figures)
}

fn disabled(figures: &mut RocketPoolFigures) {
    if let Deposits::Open { room, .. } = &mut figures.deposits {
        let (amount, what) = (U256::ZERO, "deposits are disabled");
        *room = Capacity::Limited { amount, what, refill_per_block: None };
    }
}

fn stakers() -> [Row; 6] {
    [
        row(
            "frax_minter",
            [
                Trades(NO_SHARES, || there(frax(open()))),
                Never(NO_SHARES),
                Refuses("Paused", || there(frax(Door::Paused))),
                Refuses("Limit", || there(frax(full()))),
            ],
        ),
        row(
            "origin",
            [
                Trades(NO_SHARES, || there(oeth(open()))),
                Never(NO_SHARES),
                Refuses("Paused", || there(oeth(Door::Paused))),
                Refuses("Limit", || there(oeth(full()))),
            ],
        ),
        row(
            "dinero",
            [
                Trades(NO_SHARES, || there(dinero(|p| p.supply = U256::ZERO, false))),
                Never(NO_SHARES),
                Refuses("Paused", || back(dinero(|_| (), true))),
                Refuses("Limit", || back(dinero(|p| p.buffer = U256::ONE, false))),
            ],
        ),
        row(
            "stader",
            [
                Trades("the first shares are one for one", || {
                    there(stader(U256::ZERO, U256::ZERO, open()))
                }),
                Refuses("NoRate", || there(stader(U256::ZERO, WAD, open()))),
                Refuses("Paused", || there(stader(WAD, WAD, Door::Paused))),
                Refuses("Limit", || there(stader(WAD, WAD, full()))),
            ],
        ),
        row(
            "lido",
            [
                Refuses("NoRate", || there(lido(|f| f.total_shares = U256::ZERO))),
                Refuses("NoRate", || there(lido(|f| f.total_pooled_ether = U256::ZERO))),
                Refuses("Paused", || there(lido(|f| f.stake_limit = StakeLimit::Paused))),
                Refuses("Limit", || {
                    there(lido(|f| {
                        f.stake_limit = StakeLimit::Limited {
                            max: whole(150_000),
                            previous: U256::ZERO,
                            previous_block: 10,
                            growth_blocks: 6_400,
                            at_block: 11,
                        };
                    }))
                }),
            ],
        ),
        row(
            "rocket_pool",
            [
                Trades("the first shares are one for one", || {
                    there(rocket_pool(|f| (f.total_eth, f.supply) = (U256::ZERO, U256::ZERO)))
                }),
                Refuses("NoRate", || there(rocket_pool(|f| f.total_eth = U256::ZERO))),
                Refuses("Limit", || there(rocket_pool(disabled))),
                Refuses("Limit", || back(rocket_pool(|f| f.burns = Burns::UpTo(U256::ZERO)))),
            ],
        ),
    ]
}

fn eigenlayer(shares: U256, door: Door) -> EigenLayer {
    let strategy = Strategy { manager: A, strategy: B, balance: shares, shares };
    EigenLayer::eigenlayer(id("eigenlayer"), A, strategy, door, None)
}

fn symbiotic(shares: U256, door: Door) -> Symbiotic {
    let active = ActiveStake { vault: B, stake: shares, shares };
    Symbiotic::symbiotic(id("symbiotic"), A, active, door, &Wait::Seconds(1))
}

fn kelp(price: U256, room: Capacity) -> Kelp {
    let stored = StoredPrice { pool: A, price, least: U256::ZERO };
    Kelp::kelp(id("kelp"), B, stored, Some(room))
}

fn renzo(change: fn(&mut Tvl), door: Door) -> Renzo {
    let buffer = InstantBuffer {
        withdrawer: A,
        target: whole(5_000),
        available: whole(4_000),
        floor: whole(500),
        least_fee_bps: U256::from(5),
        most_fee_bps: U256::from(100),
    };
    let (value, supply) = (whole(337_000), whole(318_000));
    let mut tvl = Tvl { manager: A, value, supply, instant: Some(buffer) };
    change(&mut tvl);
    Renzo::renzo(id("renzo"), B, tvl, door, None, "")
}

fn emptied(tvl: &mut Tvl) {
    if let Some(buffer) = &mut tvl.instant {
        buffer.available = buffer.floor;
    }
}

fn etherfi(change: fn(&mut EtherFiFigures)) -> EtherFi {
    let mut figures = staking::etherfi();
    change(&mut figures);
    EtherFi::new(id("etherfi"), figures)
}

fn restakers() -> [Row; 5] {
    const OFFSET: &str = "what it adds to its totals makes a rate of nothing";
    [
        row(
            "eigenlayer",
            [
                Trades(OFFSET, || there(eigenlayer(U256::ZERO, open()))),
                Never(OFFSET),
                Refuses("Paused", || there(eigenlayer(WAD, Door::Paused))),
                Refuses("Limit", || there(eigenlayer(WAD, full()))),
            ],
        ),
        row(
            "symbiotic",
            [
                Trades(OFFSET, || there(symbiotic(U256::ZERO, open()))),
                Never(OFFSET),
                Never("deposits are closed by a list: see its limit"),
                Refuses("Limit", || there(symbiotic(WAD, full()))),
            ],
        ),
        row(
            "kelp",
            [
                Never("its price is stored, whatever the supply"),
                Refuses("NoRate", || there(kelp(U256::ZERO, Capacity::Unlimited))),
                Refuses("Limit", || {
                    let (amount, what) = (U256::ZERO, "deposits are paused");
                    there(kelp(WAD, Capacity::Limited { amount, what, refill_per_block: None }))
                }),
                Refuses("Limit", || there(kelp(WAD, capped(whole(99))))),
            ],
        ),
        row(
            "renzo",
            [
                Trades("the first shares are one for one", || {
                    there(renzo(|t| (t.value, t.supply) = (U256::ZERO, U256::ZERO), open()))
                }),
                Refuses("Limit", || back(renzo(|t| t.supply = U256::ZERO, open()))),
                Refuses("Paused", || there(renzo(|_| (), Door::Paused))),
                Refuses("Limit", || back(renzo(emptied, open()))),
            ],
        ),
        row(
            "etherfi",
            [
                Refuses("NoRate", || there(etherfi(|f| f.total_shares = U256::ZERO))),
                Refuses("NoRate", || there(etherfi(|f| f.total_pooled_ether = U256::ZERO))),
                Refuses("Limit", || {
                    there(etherfi(|f| {
                        let (amount, what) = (U256::ZERO, "deposits are paused");
                        f.deposit_capacity =
                            Capacity::Limited { amount, what, refill_per_block: None };
                    }))
                }),
                Refuses("Limit", || there(etherfi(|f| f.deposit_capacity = capped(whole(99))))),
            ],
        ),
    ]
}

fn vault(change: fn(&mut Erc4626Figures)) -> Erc4626 {
    let mut figures = staking::vault();
    (figures.cycle, figures.virtual_shares) = (None, U256::ZERO);
    change(&mut figures);
    Erc4626::new(id("erc4626"), figures)
}

/// Puffer's vault out of ether to redeem with.
fn puffer(liquid: Option<U256>) -> (Box<dyn Venue>, Swap) {
    back(issuers::puffer_with(liquid))
}

fn woeth(per_token: U256, doors: [Door; 2]) -> WrappedOeth {
    WrappedOeth::wrapped(id("woeth"), A, Credits { vault: B, per_token, adjuster: WAD }, doors)
}

fn vaults() -> [Row; 3] {
    [
        row(
            "erc4626",
            [
                Trades("the first shares are one for one", || {
                    there(vault(|f| (f.stored_assets, f.total_supply) = (U256::ZERO, U256::ZERO)))
                }),
                Refuses("NoRate", || there(vault(|f| f.stored_assets = U256::ZERO))),
                Refuses("Limit", || there(vault(|f| f.deposit_limit = capped(U256::ZERO)))),
                Refuses("Limit", || there(vault(|f| f.deposit_limit = capped(whole(99))))),
            ],
        ),
        row(
            "puffer",
            [
                Never("its vault is an erc4626 with a virtual share"),
                Never("its vault is an erc4626 with a virtual share"),
                Refuses("Limit", || puffer(Some(U256::ZERO))),
                Refuses("Limit", || puffer(Some(WAD))),
            ],
        ),
        row(
            "woeth",
            [
                Never("its rate is OETH's credits, whatever the supply"),
                Refuses("NoRate", || there(woeth(U256::ZERO, [open(), open()]))),
                Never(NO_PAUSE),
                Never(NO_LIMIT),
            ],
        ),
    ]
}
