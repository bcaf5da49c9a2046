//! Relays as configuration has them.

use std::{sync::Arc, time::Duration};

use super::{
    Fleet,
    breaker::Rules,
    dialect::Dialect,
    fleet::{Berth, NoPromise},
    http::{EndpointError, Http, Transport},
    identity::Identity,
    terms::Requests,
};
use crate::{
    clock::Clock,
    config::{At, Relays},
};

/// Why there is no fleet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// It is not known where a relay is.
    #[error("relays.at.{0}.endpoints: nothing is known of where it is, so it must be set")]
    Nowhere(&'static str),
    /// Where it is said to be is not fit to be sent to.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// It is not to be told.
    #[error(transparent)]
    NoPromise(#[from] NoPromise),
    /// There is nobody to be told.
    #[error("no relay is told: relays.to names none, and none is known of that promised anything")]
    Nobody,
    /// There is no client.
    #[error("no HTTP client: {0}")]
    Client(String),
}

impl Fleet {
    /// The relays that configuration names, known by an identity to all of them.
    pub fn configured(
        relays: &Relays,
        identity: &Arc<Identity>,
        clock: &Clock,
    ) -> Result<Self, SetupError> {
        let transport = Transport::new().map_err(SetupError::Client)?;
        let mut berths = Vec::new();
        for dialect in told(relays) {
            let at = relays.at.get(&dialect).cloned().unwrap_or_default();
            let places = places(dialect, &at)?;
            for (number, place) in places.iter().enumerate() {
                let patience = at.timeout_ms.map_or(dialect.terms().timeout, Duration::from_millis);
                let identity = Arc::clone(identity);
                let relay = Http::new(dialect, place, patience, identity, transport.clone())?;
                let relay = match number {
                    0 => relay,
                    _ => relay.named(format!("{}-{}", dialect.capabilities().name, number + 1)),
                };
                berths.push(Berth {
                    relay: Arc::new(relay),
                    requests: requests(dialect, &at),
                    told_anyway: relays.told_anyway.contains(&dialect),
                });
            }
        }
        if berths.is_empty() {
            return Err(SetupError::Nobody);
        }
        Ok(Self::new(berths, rules(relays), clock)?)
    }
}

/// Who is told. By default whoever promised, and is somewhere.
fn told(relays: &Relays) -> Vec<Dialect> {
    let somewhere = |dialect: &Dialect| {
        let set = relays.at.get(dialect).is_some_and(|at| !at.endpoints.is_empty());
        set || dialect.terms().endpoint.is_some()
    };
    let may = |dialect: &Dialect| {
        dialect.terms().promise.is_some() || relays.told_anyway.contains(dialect)
    };
    let mut told = relays.to.clone();
    if told.is_empty() {
        told =
            Dialect::ALL.into_iter().filter(|dialect| may(dialect) && somewhere(dialect)).collect();
    }
    told.sort_unstable();
    told.dedup();
    told
}

fn places(dialect: Dialect, at: &At) -> Result<Vec<&str>, SetupError> {
    let set: Vec<&str> = at.endpoints.iter().map(|place| place.as_str()).collect();
    match (set.is_empty(), dialect.terms().endpoint) {
        (false, _) => Ok(set),
        (true, Some(endpoint)) => Ok(vec![endpoint]),
        (true, None) => Err(SetupError::Nowhere(dialect.capabilities().name)),
    }
}

fn requests(dialect: Dialect, at: &At) -> Requests {
    let published = dialect.terms().requests;
    Requests { sends: at.sends_per_minute.unwrap_or(published.sends), ..published }
}

fn rules(relays: &Relays) -> Rules {
    Rules {
        failures: relays.failures.max(1),
        rest: Duration::from_millis(relays.rest_ms),
        longest: Duration::from_millis(relays.longest_rest_ms.max(relays.rest_ms)),
    }
}
