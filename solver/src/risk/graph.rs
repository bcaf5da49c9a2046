//! What a position rests on: a directed graph without cycles, from tokens to those who stand behind.
//!
//! A market tells who issues a token, out of what: its venues' stakes and deposits, what a token
//! redeems for, what a principal token is a claim on. Configuration tells the rest ([`Priors`]): the
//! oracle of a lending market, the operators of a staking token, the curator of a vault, the custodian
//! of a wrapped one.
//!
//! ```text
//! token -> its protocol        -> oracle, operators, curator
//!       -> what it is made of  -> its protocol -> ...
//! ```
//!
//! [`Priors`]: super::Priors

use std::collections::HashMap;

use alloy_primitives::Address;
use petgraph::{
    algo::has_path_connecting,
    graph::{DiGraph, NodeIndex},
    visit::EdgeRef as _,
};

use super::{
    class::{HazardKind, NodeKind},
    exposure::{Exposure, Peril},
    priors::{HazardError, PriorNode, WORST},
};
use crate::{
    intent::Tier,
    market::{Listing, Market},
    value::Appraiser,
    venues::{LegKind, NATIVE, Venue},
};

/// A node with its hazards at the market's time.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// What it stands for.
    pub kind: NodeKind,
    /// Its own tier.
    pub tier: Tier,
    /// What can go wrong: which, how often a year, and the part that is lost.
    pub hazards: Vec<(HazardKind, f64, f64)>,
    /// Whether priors name it; of a protocol that none names the worst is assumed.
    pub known: bool,
}

/// Everything that a market's tokens rest on.
#[derive(Debug, Clone, Default)]
pub struct RiskGraph {
    /// Edges lead to what is rested on, with the part of its losses that passes.
    links: DiGraph<Node, f64>,
    assets: HashMap<Address, NodeIndex>,
    names: HashMap<(NodeKind, String), NodeIndex>,
}

impl RiskGraph {
    /// Derives the graph of a market and its priors. What the market tells can contradict itself no
    /// further than one link that would close a circle, which is left out; what priors add may close
    /// none.
    pub fn new(market: &Market) -> Result<Self, HazardError> {
        let mut graph = Self::default();
        let priors = market.hazards.priors();
        for prior in &priors.nodes {
            graph.configured(prior, priors.as_of, market);
        }
        graph.told(market);
        for prior in &priors.nodes {
            for rest in &prior.rests_on {
                graph.rest(prior, &rest.on, rest.passes)?;
            }
        }
        Ok(graph)
    }

    /// The graph of a market. Where priors make none, as [`RiskGraph::new`] would have said, nothing is
    /// known of anything.
    pub(crate) fn of(market: &Market) -> Self {
        Self::new(market).unwrap_or_else(|_| {
            let mut graph = Self::default();
            graph.told(market);
            graph
        })
    }

    fn configured(&mut self, prior: &PriorNode, as_of: u64, market: &Market) {
        let rule = prior.rule(as_of, market.timestamp);
        let hazards = prior.hazards.iter();
        let node = Node {
            name: prior.name.clone(),
            kind: prior.kind,
            tier: prior.tier,
            hazards: hazards.map(|h| (h.kind, h.rate.unwrap_or(rule), h.loss.part())).collect(),
            known: true,
        };
        let at = self.links.add_node(node);
        self.names.insert((prior.kind, prior.name.clone()), at);
        if prior.kind == NodeKind::Asset {
            let token = market.tokens.iter().find(|token| token.symbol == prior.name);
            token.map(|token| self.assets.insert(token.address, at));
        }
    }

    /// Adds what the market tells: who issues tokens, and where collateral is pledged.
    fn told(&mut self, market: &Market) {
        market.listings.iter().for_each(|listing| self.listed(market, listing));
        for credit in &market.credits {
            let [pledged, _] = credit.position_tokens();
            let asset = self.asset(market, pledged);
            let protocol = self.protocol(&credit.protocol);
            self.derived(asset, protocol);
            let collateral = self.asset(market, credit.collateral);
            self.derived(asset, collateral);
        }
    }

    /// Adds who issues a venue's tokens, and out of what.
    fn listed(&mut self, market: &Market, listing: &Listing) {
        let venue = listing.venue.as_ref();
        let tokens = venue.tokens();
        for (at, &token) in tokens.iter().enumerate() {
            let made_of = made_of(venue, at);
            if made_of.is_empty() || token == NATIVE {
                continue;
            }
            let asset = self.asset(market, token);
            let protocol = self.protocol(&listing.protocol);
            self.derived(asset, protocol);
            for &under in made_of.iter().filter_map(|from| tokens.get(*from)) {
                if under != NATIVE && under != token {
                    let under = self.asset(market, under);
                    self.derived(asset, under);
                }
            }
        }
    }

    fn asset(&mut self, market: &Market, token: Address) -> NodeIndex {
        let links = &mut self.links;
        *self.assets.entry(token).or_insert_with(|| {
            links.add_node(Node {
                name: market.symbol(token),
                kind: NodeKind::Asset,
                tier: Tier::T0,
                hazards: Vec::new(),
                known: true,
            })
        })
    }

    fn protocol(&mut self, name: &str) -> NodeIndex {
        let links = &mut self.links;
        *self.names.entry((NodeKind::Protocol, name.to_owned())).or_insert_with(|| {
            let (tier, rate, loss) = WORST;
            links.add_node(Node {
                name: name.to_owned(),
                kind: NodeKind::Protocol,
                tier,
                hazards: vec![(HazardKind::Contract, rate, loss)],
                known: false,
            })
        })
    }

    /// A link that the market tells, unless it would close a circle: two vaults that take each
    /// other's shares each rest on what the other rests on already.
    fn derived(&mut self, from: NodeIndex, to: NodeIndex) {
        if !self.leads(to, from) {
            self.links.update_edge(from, to, 1.0);
        }
    }

    /// Whether links lead from one node to another. Most nodes rest on nothing: those need no search.
    fn leads(&self, from: NodeIndex, to: NodeIndex) -> bool {
        from == to
            || self.links.neighbors(from).next().is_some()
                && has_path_connecting(&self.links, from, to, None)
    }

    fn rest(&mut self, prior: &PriorNode, on: &str, passes: f64) -> Result<(), HazardError> {
        let from = self.names.get(&(prior.kind, prior.name.clone())).copied();
        // A name is unique in the file, and some asset may share it with a protocol of the market's.
        let to = self.named(on);
        let (Some(from), Some(to)) = (from, to) else { return Ok(()) };
        if self.leads(to, from) {
            return Err(HazardError::Cycle(prior.name.clone()));
        }
        let told = self.links.find_edge(from, to).map_or(0.0, |edge| self.links[edge]);
        self.links.update_edge(from, to, passes.max(told));
        Ok(())
    }

    /// The node that the file calls `name`: file's nodes come first.
    fn named(&self, name: &str) -> Option<NodeIndex> {
        self.links.node_indices().find(|&at| self.links[at].name == name)
    }

    /// The nodes, in the order of priors and then of the market.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.links.node_weights()
    }

    /// A node by its number in [`Peril::node`].
    pub(crate) fn node(&self, at: usize) -> Option<&Node> {
        self.links.node_weight(NodeIndex::new(at))
    }

    /// Everything that a token rests on, each once; nothing where nobody issues it.
    pub fn exposure(&self, token: Address) -> Exposure {
        let Some(&asset) = self.assets.get(&token) else { return Exposure::default() };
        let reached = self.reached(asset);
        let mut exposure = Exposure::default();
        for &(at, passes) in &reached {
            let node = &self.links[at];
            exposure.tier = exposure.tier.max(node.tier);
            exposure.rests_on.push(node.name.clone());
            if node.kind == NodeKind::Protocol {
                exposure.protocols.push(node.name.clone());
            }
            if !node.known {
                exposure.unknown.push(node.name.clone());
            }
            let peril = |&(hazard, rate, loss): &(HazardKind, f64, f64)| Peril {
                node: at.index(),
                hazard,
                rate,
                loss: loss * passes,
            };
            exposure.perils.extend(node.hazards.iter().map(peril));
        }
        exposure
    }

    /// Nodes that one leads to, itself first, with the largest part of their losses that any way
    /// passes; nearer ones before those that they rest on.
    fn reached(&self, start: NodeIndex) -> Vec<(NodeIndex, f64)> {
        let mut reached = vec![(start, 1.0)];
        let mut next = 0;
        while let Some(&(at, passes)) = reached.get(next) {
            next += 1;
            for edge in self.links.edges(at) {
                let (to, through) = (edge.target(), passes * edge.weight());
                match reached.iter_mut().find(|(known, _)| *known == to) {
                    Some((_, most)) if *most >= through => {}
                    Some(known) => {
                        // Passes more than was known: what lies behind is looked at again.
                        known.1 = through;
                        let again = reached.iter().position(|(known, _)| *known == to);
                        next = next.min(again.unwrap_or(next));
                    }
                    None => reached.push((to, through)),
                }
            }
        }
        reached
    }
}

impl Appraiser<'_> {
    /// What the market's tokens rest on.
    pub(crate) fn risks(&self) -> &RiskGraph {
        self.risks.get_or_init(|| RiskGraph::of(self.market))
    }

    /// What a token rests on.
    pub(crate) fn exposure(&self, token: Address) -> Exposure {
        self.risks().exposure(token)
    }
}

/// Positions of the tokens that one of a venue's is made of: what is staked or deposited for it, what
/// it redeems for, and what it is a claim on. ETH in another form is no issue of anybody's.
fn made_of(venue: &dyn Venue, at: usize) -> Vec<usize> {
    let tokens = venue.tokens();
    let issues = |&from: &usize| {
        from != at && matches!(venue.step(from, at).kind, LegKind::Stake | LegKind::Deposit)
    };
    let mut found: Vec<usize> = (0..tokens.len()).filter(issues).collect();
    if let Some(backing) = venue.redemption(at) {
        let ether = tokens.get(backing.asset) == Some(&NATIVE)
            && venue.exact_pairs().contains(&(backing.asset, at));
        if !ether && backing.asset != at && !found.contains(&backing.asset) {
            found.push(backing.asset);
        }
    }
    if at >= 1 && venue.fixed_term().is_some() {
        found.push(0);
    }
    found
}
