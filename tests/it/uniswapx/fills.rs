//! Fills in an EVM: the embedded market's contracts, the reactors' and Permit2's published bytecode, and
//! our Filler.

use std::{fs, sync::Arc};

use alloy_primitives::{Address, B256, U256, address, hex};
use alloy_sol_types::{SolCall as _, sol};
use revm::{
    DatabaseRef as _,
    bytecode::Bytecode,
    database::{CacheDB, EmptyDB},
    state::AccountInfo,
};
use tenor::engine::Engine;
use tenor::intents::{
    signed::PERMIT2,
    uniswapx::{
        Checked, Fault, Fill, FillError, Kind, Moment, Order, Rules, check,
        fill::{Confirmed, Filler, Shortfall, direct, fill as fills},
        reactors,
    },
};
use tenor_simulations::{
    Script, SourceError, StateSource,
    world::{Forms, World},
};
use tenor_solver::venues::{Answer, Approval, NATIVE, Read};

use super::{
    chain::{permit2_code, reactor_code},
    kit::{self, REACTORS, Setting, cosigned, reactor, signature},
};
use crate::{
    signed::{account, engine},
    world::rng::Rng,
};

sol! {
    function balanceOf(address account) external view returns (uint256);
}

const SOLVER: Address = address!("50172e0000000000000000000000000000000002");
const COLLECTOR: Address = address!("c011ec7000000000000000000000000000000001");
const RECIPIENT: Address = address!("4ec1000000000000000000000000000000000001");

/// What stands still.
#[derive(Debug)]
struct Frozen(CacheDB<EmptyDB>);

impl StateSource for Frozen {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, SourceError> {
        Ok(self.0.basic_ref(address).unwrap())
    }

    fn code(&self, hash: B256) -> Result<Bytecode, SourceError> {
        Ok(self.0.code_by_hash_ref(hash).unwrap())
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, SourceError> {
        Ok(self.0.storage_ref(address, slot).unwrap())
    }

    fn block_hash(&self, number: u64) -> Result<B256, SourceError> {
        Ok(self.0.block_hash_ref(number).unwrap())
    }
}

/// The embedded market's contracts, with the published ones among them, and the Filler where it is.
fn world() -> World {
    let embedded = engine().world().unwrap();
    let mut state = CacheDB::new(EmptyDB::default());
    let mut place = |address: Address, balance: U256, code: alloy_primitives::Bytes| {
        let code = Bytecode::new_legacy(code);
        let info = AccountInfo {
            balance,
            nonce: 1,
            code_hash: code.hash_slow(),
            code: Some(code),
            ..AccountInfo::default()
        };
        state.insert_account_info(address, info);
    };
    let placed = embedded.placed().unwrap();
    for account in &placed {
        place(account.address, account.balance, account.code.clone());
    }
    place(PERMIT2, U256::ZERO, permit2_code());
    for kind in [Kind::Dutch, Kind::V2, Kind::V3] {
        place(reactor(kind), U256::ZERO, reactor_code(kind));
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/contracts/artifacts/Filler.hex");
    let code = hex::decode(fs::read_to_string(path).unwrap().trim_end()).unwrap();
    place(reactors::FILLER, U256::ZERO, code.into());
    for account in placed {
        for (slot, value) in account.storage {
            state.insert_account_storage(account.address, slot, value).unwrap();
        }
    }
    let forms = Forms::of(engine().market());
    World::over(embedded.block(), Arc::new(Frozen(state)), forms).unwrap()
}

fn token(symbol: &str) -> Address {
    engine().market().tokens.iter().find(|token| token.symbol == symbol).unwrap().address
}

fn at() -> Moment {
    Moment::next(engine().market(), reactors::FILLER)
}

/// The swapper holds so much and Permit2 may take it.
fn furnished(world: &World, token: Address, amount: U256) -> World {
    let script = Script {
        account: account(&kit::swapper()),
        holdings: vec![(token, amount)],
        approvals: vec![Approval { token, spender: PERMIT2, amount: U256::MAX }],
        calls: Vec::new(),
        watch: Vec::new(),
    };
    world.after(&script, world.block()).unwrap().world
}

/// An order of a kind: all of it for `owed`, of which a hundredth goes to a collector of fees.
fn order(kind: Kind, (sold, amount): (Address, U256), (bought, owed): (Address, U256)) -> Checked {
    let moment = at();
    let base_fee = u64::try_from(moment.base_fee).unwrap();
    let setting = Setting { sold, bought, now: moment.timestamp, block: moment.block, base_fee };
    let rng = &mut Rng::new(99);
    let fee = owed / U256::from(100);
    let outputs = [(owed - fee, RECIPIENT), (fee, COLLECTOR)];
    let dutch = outputs.map(|(amount, recipient)| tenor::intents::uniswapx::abi::DutchOutput {
        token: bought,
        startAmount: amount,
        endAmount: amount,
        recipient,
    });
    let order = match kit::order(rng, kind, &setting) {
        Order::Dutch(mut order) => {
            order.exclusiveFiller = reactors::FILLER;
            (order.input.startAmount, order.input.endAmount) = (amount, amount);
            order.outputs = dutch.to_vec();
            Order::Dutch(order)
        }
        Order::V2(mut order) => {
            order.cosignerData.exclusiveFiller = Address::ZERO;
            (order.baseInput.startAmount, order.baseInput.endAmount) = (amount, amount);
            order.baseOutputs = dutch.to_vec();
            order.cosignerData.inputAmount = U256::ZERO;
            order.cosignerData.outputAmounts = vec![U256::ZERO; 2];
            Order::V2(order)
        }
        Order::V3(mut order) => {
            order.cosignerData.exclusiveFiller = Address::ZERO;
            order.startingBaseFee = moment.base_fee;
            order.baseInput.startAmount = amount;
            order.baseInput.maxAmount = amount;
            order.baseInput.curve.relativeAmounts.clear();
            order.baseInput.curve.relativeBlocks = U256::ZERO;
            let curve = order.baseInput.curve.clone();
            order.baseOutputs = outputs
                .map(|(amount, recipient)| tenor::intents::uniswapx::abi::V3DutchOutput {
                    token: bought,
                    startAmount: amount,
                    curve: curve.clone(),
                    recipient,
                    minAmount: amount,
                    adjustmentPerGweiBaseFee: U256::ZERO,
                })
                .to_vec();
            order.cosignerData.inputAmount = U256::ZERO;
            order.cosignerData.outputAmounts = vec![U256::ZERO; 2];
            Order::V3(order)
        }
        Order::Priority(mut order) => {
            order.input.amount = amount;
            Order::Priority(order)
        }
    };
    checked(&cosigned(order))
}

fn checked(order: &Order) -> Checked {
    let now = at().timestamp;
    let rules = Rules { chain_id: 1, reactors: REACTORS, state: None, now };
    check(&order.encode().into(), &signature(order), &rules).unwrap()
}

fn filled(order: &Checked) -> Result<Fill, FillError> {
    fills(engine(), order, &at(), &Filler::DEPLOYED)
}

fn balance(world: &World, token: Address, account: Address) -> U256 {
    let read = if token == NATIVE {
        Read::Balance(account)
    } else {
        Read::Call { to: token, data: balanceOfCall { account }.abi_encode().into() }
    };
    match &world.answer(&[read]).unwrap()[0] {
        Answer::Word(wei) => *wei,
        Answer::Returned(word) => U256::from_be_slice(word),
        other => panic!("{other:?}"),
    }
}

/// UniswapX's name for ether.
fn native(token: Address) -> Address {
    if token == NATIVE { Address::ZERO } else { token }
}

#[test]
fn fills_pay_as_stated_through_the_published_reactors() {
    let world = world();
    let ether = |whole: u64| U256::from(whole) * U256::from(10).pow(U256::from(18));
    let cases = [
        (Kind::V2, "WETH", 10, "wstETH"),
        (Kind::V2, "WETH", 40, "USDC"),
        (Kind::V3, "wstETH", 12, "WETH"),
        (Kind::V3, "wstETH", 25, "ETH"),
        (Kind::Dutch, "WETH", 30, "USDT"),
        (Kind::Dutch, "stETH", 20, "WETH"),
    ];
    for (kind, sold, amount, bought) in cases {
        let name = format!("{kind:?}: {amount} {sold} for {bought}");
        let amount = ether(amount);
        let (sold, bought) = (token(sold), token(bought));
        // What the market gives, from an order that asks for next to nothing.
        let probe =
            filled(&order(kind, (sold, amount), (native(bought), U256::from(100)))).unwrap();
        let owed = probe.received - U256::from(2) * probe.gas_cost;
        let order = order(kind, (sold, amount), (native(bought), owed));
        let fill = filled(&order).unwrap();
        assert_eq!((fill.received, fill.owed), (probe.received, owed), "{name}");
        assert_eq!(fill.profit, fill.received - fill.owed - fill.gas_cost, "{name}");

        let before = furnished(&world, sold, amount + U256::from(5));
        assert!(!fill.is_runnable(engine().world().unwrap()).unwrap());
        assert!(fill.is_runnable(&before).unwrap());
        let Confirmed { gained, gas, profit, .. } = fill
            .confirm(engine(), &before, &at(), SOLVER)
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        println!(
            "uniswapx fill: {name}: gas {gas} of {} stated; gained {gained}, stated {}",
            fill.gas,
            fill.received - fill.owed
        );
        let stated = fill.received - fill.owed;
        if engine().market().rebase(sold).is_some() {
            // Shares that rounding leaves on the way.
            assert!(gained.abs_diff(stated) <= U256::from(4), "{name}: {gained}, {stated}");
        } else {
            assert_eq!(gained, stated, "{name}");
        }
        assert!(gas <= fill.gas && profit >= fill.profit, "{name}: {gas}, {}", fill.gas);

        // Each has what is his, and the Filler nothing.
        let run = Script {
            account: SOLVER,
            holdings: Vec::new(),
            approvals: Vec::new(),
            calls: vec![fill.call.clone()],
            watch: Vec::new(),
        };
        let after = before.after(&run, before.block()).unwrap().world;
        let fee = owed / U256::from(100);
        assert_eq!(balance(&after, bought, RECIPIENT), owed - fee, "{name}");
        assert_eq!(balance(&after, bought, COLLECTOR), fee, "{name}");
        for token in [sold, bought] {
            assert!(balance(&after, token, reactors::FILLER) <= U256::ONE, "{name}");
        }
        // Once, as is seen before another fill is sought.
        let spent = Engine::of(Arc::new(engine().market().clone()), Some(after.clone()));
        let again = fills(&spent, &order, &at(), &Filler::DEPLOYED);
        assert!(matches!(again, Err(FillError::Fault(Fault::NonceUsed { .. }))), "{name}");
        assert!(after.after(&run, after.block()).is_err(), "{name}: filled twice");
    }
}

#[test]
fn what_does_not_pay_is_refused_with_a_figure() {
    let (weth, wsteth) = (token("WETH"), token("wstETH"));
    let amount = U256::from(10).pow(U256::from(19));
    let order = |owed| order(Kind::V2, (weth, amount), (wsteth, owed));
    let probe = filled(&order(U256::from(100))).unwrap();
    let refused = |owed: U256| match filled(&order(owed)).unwrap_err() {
        FillError::Unprofitable(shortfall) => {
            let Shortfall { token, received, owed: told, gas_cost, short } = *shortfall;
            assert_eq!((token, received, told), (wsteth, probe.received, owed));
            assert_eq!(short, owed + gas_cost - received);
            short
        }
        other => panic!("{other}"),
    };
    let even = probe.received - probe.gas_cost;
    assert_eq!(refused(even), U256::ZERO);
    assert_eq!(refused(even + U256::from(7)), U256::from(7));
    assert_eq!(filled(&order(even - U256::ONE)).unwrap().profit, U256::ONE);
}

#[test]
fn what_the_filler_cannot_fill_is_refused() {
    let (weth, wsteth, usdc) = (token("WETH"), token("wstETH"), token("USDC"));
    let amount = U256::from(10).pow(U256::from(18));
    // Priority orders' reactor is none that the Filler obeys.
    let served = loop_until_outputs();
    assert!(matches!(filled(&served), Err(FillError::NotServed { .. })));
    let Order::V2(mut several) = order(Kind::V2, (weth, amount), (wsteth, amount)).order().clone()
    else {
        unreachable!()
    };
    several.baseOutputs[1].token = usdc;
    let several = checked(&cosigned(Order::V2(several)));
    assert!(matches!(filled(&several), Err(FillError::SeveralTokens)));
    let unknown = order(Kind::V2, (weth, amount), (RECIPIENT, amount));
    assert!(matches!(filled(&unknown), Err(FillError::Ask(_))));
    // Who holds what is owed calls the reactor itself.
    let call = direct(&unknown);
    assert_eq!(call.to, reactor(Kind::V2));
    assert!(call.data.len() > unknown.bytes().len());
}

fn loop_until_outputs() -> Checked {
    let rng = &mut Rng::new(3);
    let moment = at();
    let setting = Setting {
        sold: token("WETH"),
        bought: token("wstETH"),
        now: moment.timestamp,
        block: moment.block,
        base_fee: 1,
    };
    loop {
        let order = kit::order(rng, Kind::Priority, &setting);
        if order.outputs() > 0 {
            return checked(&order);
        }
    }
}
