// Drives the builder with @flashbots/mev-share-client. Writes what came of it as JSON.

import { createRequire } from "node:module";

const require = createRequire(`${process.argv[2]}/script.js`);
const { JsonRpcProvider, Network, Transaction, Wallet } = require("ethers");
const imported = require("@flashbots/mev-share-client");
const MevShareClient = imported.default.default ?? imported.default;

const [url] = process.argv.slice(3);
const network = Network.from(1);
const provider = new JsonRpcProvider(url, network, { staticNetwork: network, batchMaxCount: 1 });
const auth = new Wallet(`0x${"0".repeat(58)}123456`, provider);
const client = new MevShareClient(auth, {
  name: "sandbox",
  chainId: 1,
  streamUrl: `${url}/relay`,
  apiUrl: `${url}/relay`,
});
const wallets = [
  "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
  "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
  "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
].map((key) => new Wallet(key));

async function mine() {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "sandbox_mine", params: [] });
  const answer = await (await fetch(`${url}/sandbox`, { method: "POST", body })).json();
  if (answer.error) throw new Error(answer.error.message);
}

const head = () => provider.send("eth_blockNumber", []).then(Number);
const sign = (at, nonce, fields = {}) =>
  wallets[at].signTransaction({
    type: 2,
    chainId: 1,
    nonce,
    to: "0x00000000000000000000000000000000000000aa",
    value: 1n,
    gasLimit: 21000n,
    maxFeePerGas: 500_000_000_000n,
    maxPriorityFeePerGas: 1_000_000_000n,
    ...fields,
  });

// A private transaction, and a backrun of it by its hash.
const target = await sign(0, 0);
const hash = await client.sendTransaction(target, {
  maxBlockNumber: (await head()) + 10,
  hints: { logs: true, contractAddress: true },
});
const backrun = await sign(1, 0);
await client.sendBundle({
  inclusion: { block: (await head()) + 1, maxBlock: (await head()) + 3 },
  body: [{ hash }, { tx: backrun, canRevert: false }],
});
await mine();
const hashes = [hash, Transaction.from(backrun).hash];
const receipts = await Promise.all(hashes.map((one) => provider.getTransactionReceipt(one)));

// Simulations of matched bundles.
const simulate = async (tx) =>
  client.simulateBundle({
    inclusion: { block: (await head()) + 1 },
    body: [{ tx, canRevert: false }],
  });
const simulated = await simulate(await sign(2, 0));
const failing = await simulate(
  await sign(2, 0, {
    to: "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2",
    value: 0n,
    gasLimit: 100000n,
    data: `0x2e1a7d4d${"f".repeat(64)}`,
  }),
);

// A transaction alone.
const alone = await client.sendTransaction(await sign(2, 0));
await mine();
const landed = await provider.getTransactionReceipt(alone);

const told = {
  landed: receipts.map((receipt) => receipt?.status ?? null),
  adjacent:
    receipts[0]?.blockNumber === receipts[1]?.blockNumber &&
    receipts[0]?.index + 1 === receipts[1]?.index,
  simulated: { success: simulated.success, gasUsed: String(simulated.gasUsed) },
  failing: { success: failing.success },
  private: landed?.status === 1,
};
process.stdout.write(JSON.stringify(told), () => process.exit(0));
