// Reads one question from standard input, answers it with Balancer's smart order router, and writes
// one line: the paths, and how long each solve took in milliseconds.
//
// Constant-product pools are weighted pools of equal weights, which they are. Pools are in memory
// before the clock starts; `forceRefresh` makes every solve a whole one.

import { readFileSync } from "node:fs";
import { BigNumber, formatFixed } from "@ethersproject/bignumber";
import sor from "@balancer-labs/sor";

const { SOR } = sor;
const question = JSON.parse(readFileSync(0, "utf8"));
const address = (kind, at) => "0x" + kind + at.toString(16).padStart(39, "0");
const token = (at) => address("1", at);
const fixed = (wei) => formatFixed(BigNumber.from(wei), 18);
const ether = (value) => BigNumber.from(value);

const pools = question.pools.map((pool) => ({
  id: String(pool.id),
  address: address("2", pool.id),
  poolType: "Weighted",
  swapFee: (pool.fee_ppm / 1e6).toFixed(6),
  swapEnabled: true,
  totalShares: "1",
  totalWeight: "1",
  tokens: pool.tokens.map((at, side) => ({
    address: token(at),
    balance: fixed(pool.reserves[side]),
    decimals: 18,
    priceRate: "1",
    weight: "0.5",
  })),
  tokensList: pool.tokens.map(token),
}));

const config = { chainId: 99999, vault: address("3", 0), weth: token(0) };
const prices = { getNativeAssetPriceInToken: async () => question.eth_in_wanted };
const router = new SOR(undefined, config, { getPools: async () => pools }, prices);
await router.fetchPools();

const options = {
  gasPrice: ether(question.gas_price_wei),
  swapGas: ether(question.swap_gas),
  maxPools: question.max_pools,
  forceRefresh: true,
};
const solve = () =>
  router.getSwaps(token(question.from), token(question.to), 0, ether(question.amount), options);

let answer;
const ms = [];
const spent = () => ms.reduce((sum, one) => sum + one, 0);
while (ms.length < question.repeat && spent() < question.enough_ms) {
  const begun = process.hrtime.bigint();
  answer = await solve();
  ms.push(Number(process.hrtime.bigint() - begun) / 1e6);
}

// A swap that continues the one before carries no amount of its own.
const swaps = answer.swaps.map((swap) => ({
  pool: Number(swap.poolId),
  from: Number("0x" + answer.tokenAddresses[swap.assetInIndex].slice(3)),
  amount: fixed(swap.amount),
}));
console.log(JSON.stringify({ swaps, out: fixed(answer.returnAmount), ms }));
