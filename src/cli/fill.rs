//! `tenor fill`: orders of other protocols, as a searcher finds them.

use std::{fmt::Write as _, path::PathBuf};

use alloy_primitives::{Address, B256, Bytes, U256};
use clap::{Args, Subcommand};
use serde::Serialize;
use tenor_simulations::World;
use tenor_solver::{amount::decimal, market::Market, venues::Call};

use super::{Outcome, options::MarketArgs, print};
use crate::{
    engine::{Engine, NOBODY},
    intents::{
        erc7683,
        oneinch::{self, fusion::SETTLEMENTS, price::Taking},
        signed::{Deployment, SETTLER},
    },
};

/// Check an order of another protocol, price it, and write the call that fills it.
#[derive(Debug, Args)]
pub(super) struct Fill {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Oneinch(Oneinch),
    Erc7683(Erc7683),
}

/// Fill an order of 1inch's limit order protocol, or of Fusion.
///
/// The file is the order as 1inch's services hand it out. It is refused where it cannot be filled, where
/// what it calls is not known, or where the market's price for what the maker gives does not pay what
/// the maker gets, fees and gas included. With a node the fill is run on its newest block.
///
/// Examples:
///   tenor fill oneinch order.json
///   tenor fill oneinch order.json --taker 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --json
///   tenor fill oneinch order.json --making 1000000000000000000 --rpc http://127.0.0.1:8545
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
struct Oneinch {
    /// The order.
    #[arg(value_name = "ORDER")]
    order: PathBuf,
    /// The account that fills it, with what the maker wants on it.
    #[arg(long, value_name = "ADDRESS")]
    taker: Option<Address>,
    /// How much of what the maker gives, in its smallest unit; all that is left otherwise.
    #[arg(long, value_name = "UNITS")]
    making: Option<U256>,
    /// The taker holds Fusion's access token, and may fill orders whose whitelist does not name it.
    #[arg(long)]
    access_token: bool,
    #[command(flatten)]
    market: MarketArgs,
    /// Print the fill as JSON.
    #[arg(long)]
    json: bool,
}

/// Resolve an ERC-7683 order, and show what it asks of a solver.
///
/// The file is {"kind": "gasless", "order": "0x..", "signature": "0x.."}, the order being the ABI encoding
/// of GaslessCrossChainOrder; or {"kind": "onchain", "order", "user", "settler", "chainId"}.
///
/// Examples:
///   tenor fill erc7683 order.json
///   tenor fill erc7683 order.json --json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
struct Erc7683 {
    /// The order.
    #[arg(value_name = "ORDER")]
    order: PathBuf,
    #[command(flatten)]
    market: MarketArgs,
    /// Print what it comes to as JSON.
    #[arg(long)]
    json: bool,
}

impl Fill {
    pub(super) fn run(&self) -> Outcome {
        Outcome::of(match &self.command {
            Command::Oneinch(order) => order.run(),
            Command::Erc7683(order) => order.run(),
        })
    }
}

fn read(path: &std::path::Path) -> Result<Vec<u8>, Outcome> {
    std::fs::read(path)
        .map_err(|error| Outcome::BadInput(format!("cannot read {}: {error}", path.display())))
}

/// What a refusal is told as: its code first.
fn refused(code: &str, message: &dyn std::fmt::Display) -> Outcome {
    Outcome::BadInput(format!("{code}: {message}"))
}

fn refused_order(error: oneinch::Refusal) -> Outcome {
    match error {
        oneinch::Refusal::Unprofitable { .. } => {
            Outcome::Lacking(format!("{}: {error}", error.code()))
        }
        error => refused(error.code(), &error),
    }
}

/// A fill, for programs. Amounts are decimal strings in the smallest unit; those of the profit are of what
/// the maker gets.
#[derive(Debug, Serialize)]
struct FillDto {
    order: B256,
    maker: Address,
    taker: Address,
    gives: Address,
    wants: Address,
    making: String,
    taking: String,
    to_maker: String,
    to_integrator: String,
    to_protocol: String,
    proceeds: String,
    gas: String,
    gas_units: u64,
    net: String,
    sale: String,
    /// What a run on the chain's state measured; null where no state has the router.
    run: Option<RunDto>,
    allow: Allow,
    call: CallDto,
}

#[derive(Debug, Serialize)]
struct RunDto {
    received: String,
    spent: String,
    gas: u64,
}

#[derive(Debug, Serialize)]
struct Allow {
    token: Address,
    spender: Address,
    amount: String,
}

#[derive(Debug, Serialize)]
struct CallDto {
    to: Address,
    value: String,
    data: Bytes,
}

impl From<&Call> for CallDto {
    fn from(Call { to, value, data }: &Call) -> Self {
        Self { to: *to, value: value.to_string(), data: data.clone() }
    }
}

impl Oneinch {
    fn run(&self) -> Result<(), Outcome> {
        let signed = oneinch::wire::read(&read(&self.order)?).map_err(refused_order)?;
        let engine = self.market.engine()?;
        let told = self.fill(&signed, &engine).map_err(refused_order)?;
        if self.json {
            return print::json("the fill", &told);
        }
        print::page("the fill", &page(&told, engine.market()))
    }

    fn fill(
        &self,
        signed: &oneinch::wire::Signed,
        engine: &Engine,
    ) -> Result<FillDto, oneinch::Refusal> {
        let market = engine.market();
        let state = state(engine)?;
        let taker = self.taker.unwrap_or(NOBODY);
        let base_fee = state.map_or(0, |world| world.block().base_fee);
        let here = SETTLEMENTS.iter().filter(|(chain, _)| *chain == market.chain_id);
        let settlements: Vec<Address> = here.map(|(_, settlement)| *settlement).collect();
        let checked = oneinch::check(
            signed,
            &oneinch::Rules {
                chain_id: market.chain_id,
                settlements: &settlements,
                by: Taking { taker, now: market.timestamp, base_fee },
                access: self.access_token,
                state,
            },
        )?;
        let fill = oneinch::fill(&checked, self.making)?;
        let profit = oneinch::profit(engine, &checked, &fill)?;
        let run = state.map(|world| oneinch::run(world, &checked, &fill)).transpose()?;
        let order = checked.order();
        Ok(FillDto {
            order: checked.hash(),
            maker: order.maker,
            taker,
            gives: order.makerAsset,
            wants: order.takerAsset,
            making: fill.making.to_string(),
            taking: fill.taking.to_string(),
            to_maker: fill.payout.amount.to_string(),
            to_integrator: fill.payout.integrator.to_string(),
            to_protocol: fill.payout.protocol.to_string(),
            proceeds: profit.proceeds.to_string(),
            gas: profit.gas.to_string(),
            gas_units: profit.gas_units,
            net: profit.net.to_string(),
            sale: profit.sale.label,
            run: run.map(|run| RunDto {
                received: run.received.to_string(),
                spent: run.spent.to_string(),
                gas: run.gas,
            }),
            allow: Allow {
                token: fill.approval.token,
                spender: fill.approval.spender,
                amount: fill.approval.amount.to_string(),
            },
            call: (&fill.call).into(),
        })
    }
}

/// The state that plans are run on, where it has the router.
fn state(engine: &Engine) -> Result<Option<&World>, oneinch::Refusal> {
    let Some(world) = engine.court() else { return Ok(None) };
    Ok(oneinch::has_router(world)?.then_some(world))
}

/// An amount of a token in whole units, as far as its decimals are known.
fn shown(market: &Market, units: &str, token: Address) -> String {
    let amount = units.parse().unwrap_or(U256::ZERO);
    match market.token(token) {
        Some(known) => format!("{} {}", decimal(amount, known.decimals), known.symbol),
        None => format!("{units} of {token}"),
    }
}

fn page(told: &FillDto, market: &Market) -> String {
    let wants = |units: &str| shown(market, units, told.wants);
    let ran = told.run.as_ref().map_or_else(
        || "not run: this state has no 1inch router".to_owned(),
        |run| format!("run on the chain's state: {} gas", run.gas),
    );
    let mut page = String::new();
    for (name, text) in [
        ("Order", told.order.to_string()),
        ("Maker", told.maker.to_string()),
        ("Taker", told.taker.to_string()),
        ("Gets", shown(market, &told.making, told.gives)),
        ("Pays", wants(&told.taking)),
        ("  maker", wants(&told.to_maker)),
        ("  fees", format!("{} + {}", wants(&told.to_integrator), wants(&told.to_protocol))),
        ("Sale", format!("{} by {}", wants(&told.proceeds), told.sale)),
        ("Gas", format!("{} ({} units)", wants(&told.gas), told.gas_units)),
        ("Net", wants(&told.net)),
        ("EVM", ran),
        ("Call", format!("{} {}", told.call.to, told.call.data)),
    ] {
        // Writing to a string does not fail.
        let _ = writeln!(page, "{name:<8} {text}");
    }
    page
}

/// What an ERC-7683 order comes to, for programs.
#[derive(Debug, Serialize)]
struct ResolvedDto {
    order: B256,
    kind: &'static str,
    user: Address,
    asset: Address,
    amount: String,
    wanted: Address,
    least: String,
    recipient: Address,
    fill_deadline: u32,
    settler: Address,
    plan: String,
    out: String,
}

impl Erc7683 {
    fn run(&self) -> Result<(), Outcome> {
        let told = |error: erc7683::Refusal| refused(error.code(), &error);
        let posted = erc7683::wire::read(&read(&self.order)?).map_err(told)?;
        let engine = self.market.engine()?;
        let dto = resolve(&posted, &engine)?;
        if self.json {
            return print::json("the order", &dto);
        }
        let market = engine.market();
        let (gives, least) =
            (shown(market, &dto.amount, dto.asset), shown(market, &dto.least, dto.wanted));
        let out = shown(market, &dto.out, dto.wanted);
        print::page(
            "the order",
            &format_args!(
                "Order    {}\nType     {}\nUser     {}\nGives    {gives}\nWants    {least} for {}\nPlan     {out} by {}\nFill by  {}\n",
                dto.order, dto.kind, dto.user, dto.recipient, dto.plan, dto.settler,
            ),
        )
    }
}

fn resolve(posted: &erc7683::Posted, engine: &Engine) -> Result<ResolvedDto, Outcome> {
    let told = |error: erc7683::Refusal| refused(error.code(), &error);
    let market = engine.market();
    let deployment = Deployment::of(market.chain_id, SETTLER);
    let resolved = erc7683::Registry::new(deployment).resolve(posted).map_err(told)?;
    let rules = erc7683::Rules {
        chain_id: market.chain_id,
        now: market.timestamp,
        block: market.block,
        state: engine.court(),
    };
    let checked = erc7683::check(resolved, &rules).map_err(told)?;
    let terms = checked.terms().map_err(told)?;
    let sale = terms.plan(engine).map_err(told)?;
    let order = &checked.resolved().decoded.order;
    Ok(ResolvedDto {
        order: order.orderId,
        kind: checked.resolved().name,
        user: order.user,
        asset: terms.asset,
        amount: terms.amount.to_string(),
        wanted: terms.wanted,
        least: terms.least.to_string(),
        recipient: terms.recipient,
        fill_deadline: order.fillDeadline,
        settler: checked.settler().map_err(told)?,
        plan: sale.0.label.clone(),
        out: sale.1.to_string(),
    })
}
