//! Who may ask, and how much: keys, rates, and the pages of which origins.

use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::{Api, front::REQUEST_ID, keys::Keys, problem::Reply};
use crate::{config, problems::Problem};

/// Where probes ask: without key and rate.
const PROBES: [&str; 2] = ["/v1/health", "/v1/ready"];

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");

/// After so many requests those who have not asked lately are forgotten.
const SWEEP: u32 = 4_096;

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) SocketAddr);

/// Whose requests are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Asker {
    /// The holder of a key.
    Holder(Arc<str>),
    /// An address; of IPv6 its network of 64 bits, which one host has all of.
    At(IpAddr),
}

type Limiter =
    RateLimiter<Asker, DashMapStateStore<Asker>, DefaultClock, StateInformationMiddleware>;

/// Who may ask how much.
#[derive(Debug)]
pub struct Guard {
    keys: Keys,
    key_required: bool,
    /// `None` where there is no limit.
    limiter: Option<Limiter>,
    asked: AtomicU32,
}

impl Guard {
    pub(super) fn new(config: &config::Api, keys: Keys) -> Self {
        let rate = NonZeroU32::new(config.rate_per_s);
        let burst = NonZeroU32::new(config.burst).unwrap_or(NonZeroU32::MIN);
        let limiter = rate.map(|rate| {
            let quota = Quota::per_second(rate).allow_burst(burst);
            RateLimiter::dashmap(quota).with_middleware::<StateInformationMiddleware>()
        });
        Self { keys, key_required: config.key_required, limiter, asked: AtomicU32::new(0) }
    }

    fn asker(&self, request: &Request) -> Result<Asker, Reply> {
        if let Some(key) = bearer(request) {
            let holder = self.keys.holder(key);
            return holder.map(Asker::Holder).ok_or_else(|| Reply::of(Problem::KeyUnknown));
        }
        if self.key_required {
            let detail = "send authorization: Bearer KEY";
            return Err(Reply::new(Problem::KeyRequired, detail));
        }
        let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
        Ok(Asker::At(network(peer.unwrap_or(IpAddr::from([0, 0, 0, 0])))))
    }

    /// What an asker may still ask; `None` where there is no limit.
    fn count(&self, asker: &Asker) -> Result<Option<(u32, u32)>, Reply> {
        let Some(limiter) = &self.limiter else { return Ok(None) };
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            limiter.retain_recent();
        }
        match limiter.check_key(asker) {
            Ok(state) => {
                Ok(Some((state.quota().burst_size().get(), state.remaining_burst_capacity())))
            }
            Err(until) => {
                let wait = until.wait_time_from(DefaultClock::default().now());
                let seconds = wait.as_millis().div_ceil(1_000).max(1);
                let seconds = u64::try_from(seconds).unwrap_or(u64::MAX);
                let detail = format!("ask again in {seconds} s");
                Err(Reply::new(Problem::RateLimited, detail).after(seconds))
            }
        }
    }
}

/// Lets a request pass, or turns it away.
pub(super) async fn check(State(api): State<Api>, request: Request, next: Next) -> Response {
    if PROBES.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let counted = api.guard.asker(&request).and_then(|asker| api.guard.count(&asker));
    match counted {
        Err(reply) => reply.into_response(),
        Ok(None) => next.run(request).await,
        Ok(Some((limit, remaining))) => {
            let mut response = next.run(request).await;
            response.headers_mut().insert(LIMIT, HeaderValue::from(limit));
            response.headers_mut().insert(REMAINING, HeaderValue::from(remaining));
            response
        }
    }
}

/// The key that a request carries.
fn bearer(request: &Request) -> Option<&[u8]> {
    let value = request.headers().get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, key) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| key.trim_ascii())
}

fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(
            || {
                let [a, b, c, d, ..] = v6.segments();
                IpAddr::from([a, b, c, d, 0, 0, 0, 0])
            },
            IpAddr::V4,
        ),
    }
}

/// The pages of these origins may ask, and read what answers say of themselves.
pub(super) fn cors(config: &config::Api) -> CorsLayer {
    let origins =
        config.cors_origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.collect::<Vec<_>>()))
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("last-event-id"),
            REQUEST_ID,
        ])
        .expose_headers([header::RETRY_AFTER, REQUEST_ID, LIMIT, REMAINING])
        .max_age(std::time::Duration::from_secs(600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_one_asker() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
    }
}
