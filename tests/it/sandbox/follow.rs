//! The market that follows a node follows the sandbox: through trades, and through reorganisations of
//! one to five blocks.

use alloy_consensus::TxEip1559;
use serde_json::json;
use tenor::market::feed::{Depth, Step};

use super::kit::{ETHER, Local, plain, sign, token};
use crate::node::feed::{assert_exact, follower};

#[test]
fn the_market_follows_the_sandbox() {
    let local = Local::start();
    let mut market = follower(&local.url(), Depth::default());
    assert_exact(&market);
    let steth = token("stETH");
    let mut nonce = 0;
    for depth in 1..=5_u64 {
        let before = format!("{:?}", market.live().answers());
        for _ in 0..depth {
            // Ether that is staked: the market's figures move.
            let stake = TxEip1559 { gas_limit: 300_000, ..plain(nonce, steth, 10 * ETHER) };
            nonce += 1;
            local.call("eth_sendRawTransaction", &json!([sign(0, stake)]));
            local.mine();
            assert_eq!(market.advance(), Ok(Step::Next(1)));
        }
        assert_exact(&market);
        assert_ne!(format!("{:?}", market.live().answers()), before);
        local.switch("sandbox_reorg", &json!([{ "depth": depth }]));
        let step = market.advance().unwrap();
        assert!(matches!(step, Step::Reorganised { entered, .. } if entered == depth), "{step:?}");
        assert_exact(&market);
    }
}
