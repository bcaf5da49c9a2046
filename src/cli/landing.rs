//! What lands plans beside the API: the same for `serve` and `sandbox`.

use std::{path::Path, sync::Arc};

use alloy_primitives::Address;

use super::Outcome;
use crate::{
    api::Api,
    config::{Config, Mode},
    keys::{Key, Keys},
    relays::{Fleet, setup::SetupError},
    settlement::{
        Inbox, Parts, Rules, Submitter,
        caps::Caps,
        fence::Fence,
        halt::Halt,
        preflight::{Start, preflight},
    },
};

/// The submitter of an account, and what keeps a second one away. Dropping it stops it.
#[derive(Debug)]
pub(super) struct Landing {
    _submitter: Submitter,
    _fence: Option<Fence>,
}

/// Who signs, and who is told.
pub(super) struct With {
    pub(super) key: Key,
    pub(super) fleet: Fleet,
    pub(super) rules: Rules,
    pub(super) caps: Caps,
    pub(super) fence: Option<Fence>,
}

/// Starts landing plans as configuration says, unless anything is in the way; nothing in mode `simulate`.
pub(super) async fn start(
    api: &Api,
    inbox: Inbox,
    (folder, own): (&Path, &Path),
) -> Result<Option<Landing>, Outcome> {
    let config: &Config = &api.config;
    if config.mode == Mode::Simulate {
        return Ok(None);
    }
    let refused = |why: String| Outcome::BadInput(why);
    let keys = Keys::open(&config.keys).await.map_err(|error| refused(error.to_string()))?;
    let Keys { auth, funded } = keys;
    let (known, account) = (auth.address(), funded.address());
    let fleet = Fleet::configured(&config.relays, &Arc::new(auth.identity()), &api.clock);
    if config.mode == Mode::Live {
        looked_at(api, (known, account), &fleet, folder).await?;
    }
    let fleet = fleet.map_err(|error| refused(error.to_string()))?;
    let chain_id = config.settlement.chain_id;
    let fence = Fence::take(own, chain_id, account).map_err(|error| refused(error.to_string()))?;
    let with = With {
        key: funded,
        fleet,
        rules: Rules::of(config.mode, &config.settlement),
        caps: Caps::of(&config.settlement),
        fence: Some(fence),
    };
    launch(api, inbox, folder, with).map(Some)
}

async fn looked_at(
    api: &Api,
    (auth, funded): (Address, Address),
    fleet: &Result<Fleet, SetupError>,
    folder: &Path,
) -> Result<(), Outcome> {
    let halt = Halt::of(folder);
    let start = Start {
        config: &api.config,
        deployment: &api.deployment,
        auth,
        funded,
        node: api.market.node(),
        market: &api.market,
        fleet,
        halt: &halt,
        clock: &api.clock,
    };
    preflight(&start).await.map_err(|refused| Outcome::BadInput(refused.to_string()))
}

/// Starts landing plans.
pub(super) fn launch(
    api: &Api,
    inbox: Inbox,
    folder: &Path,
    with: With,
) -> Result<Landing, Outcome> {
    let lacking = || Outcome::BadInput("plans land on a node's chain: give --rpc".to_owned());
    let node = Arc::clone(api.market.node().ok_or_else(lacking)?);
    let With { key, fleet, rules, caps, fence } = with;
    let parts = Parts {
        scribe: api.intake.scribe(),
        nudge: api.intake.nudge(),
        market: Arc::clone(&api.market),
        node,
        deployment: api.deployment,
        key,
        fleet: Arc::new(fleet),
        rules,
        caps,
        halt: Halt::of(folder),
    };
    let submitter = Submitter::start(parts, inbox);
    let submitter =
        submitter.map_err(|error| Outcome::Failed(format!("cannot start threads: {error}")))?;
    Ok(Landing { _submitter: submitter, _fence: fence })
}
