// Drives the builder with @flashbots/ethers-provider-bundle. Writes what came of it as JSON.

import { createRequire } from "node:module";

const require = createRequire(`${process.argv[2]}/script.js`);
const { JsonRpcProvider, Network, Wallet, keccak256 } = require("ethers");
const { FlashbotsBundleProvider } = require("@flashbots/ethers-provider-bundle");

const [url] = process.argv.slice(3);
const network = Network.from(1);
const provider = new JsonRpcProvider(url, network, { staticNetwork: network, pollingInterval: 50, batchMaxCount: 1 });
const auth = new Wallet(`0x${"0".repeat(58)}123456`);
const flashbots = await FlashbotsBundleProvider.create(provider, auth, `${url}/relay`, network);
const keys = [
  "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
  "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
  "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
  "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
];
const wallets = keys.map((key) => new Wallet(key, provider));

/** The sandbox's own switches: here, a block. */
async function mine() {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "sandbox_mine", params: [] });
  const answer = await (await fetch(`${url}/sandbox`, { method: "POST", body })).json();
  if (answer.error) throw new Error(answer.error.message);
  return answer.result.number;
}

const head = () => provider.send("eth_blockNumber", []).then(Number);
const transaction = (nonce, fields = {}) => ({
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
/** Waits for a resolution while blocks come; the client looks at new ones as it polls. */
async function resolved(sent) {
  let open = true;
  const waiting = sent.wait().finally(() => {
    open = false;
  });
  while (open) {
    await mine();
    await Promise.race([waiting, new Promise((next) => setTimeout(next, 60))]);
  }
  return waiting;
}

// A bundle of two, simulated and landed.
const pair = [
  { signer: wallets[0], transaction: transaction(0) },
  { signer: wallets[1], transaction: transaction(0) },
];
const signed = await flashbots.signBundle(pair);
const simulation = await flashbots.simulate(signed, (await head()) + 1);
if ("error" in simulation) throw new Error(simulation.error.message);
const sent = await flashbots.sendRawBundle(signed, (await head()) + 1);
if ("error" in sent) throw new Error(sent.error.message);
const included = await resolved(sent);
const receipts = (await sent.receipts()).map((receipt) => receipt.status);
const ownHash = FlashbotsBundleProvider.generateBundleHash(signed.map((raw) => keccak256(raw)));
const stats = await flashbots.getBundleStatsV2(sent.bundleHash, await head());

// One that reverts, simulated alone: WETH is asked for more than there is.
const failing = await flashbots.signBundle([
  {
    signer: wallets[2],
    transaction: transaction(0, {
      to: "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2",
      value: 0n,
      gasLimit: 100000n,
      data: `0x2e1a7d4d${"f".repeat(64)}`,
    }),
  },
]);
const failed = await flashbots.simulate(failing, (await head()) + 1);
if ("error" in failed) throw new Error(failed.error.message);

// One that is cancelled before its block.
const replacementUuid = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
const third = await flashbots.signBundle([{ signer: wallets[0], transaction: transaction(1) }]);
const doomed = await flashbots.sendRawBundle(third, (await head()) + 1, { replacementUuid });
if ("error" in doomed) throw new Error(doomed.error.message);
const cancelled = await flashbots.cancelBundles(replacementUuid);
if ("error" in cancelled) throw new Error(cancelled.error.message);
const resolution = await resolved(doomed);

// Private transactions: one lands, one is taken back.
const alone = await flashbots.signBundle([{ signer: wallets[2], transaction: transaction(0) }]);
const lonely = await flashbots.sendPrivateTransaction(
  { signedTransaction: alone[0] },
  { maxBlockNumber: (await head()) + 20 },
);
if ("error" in lonely) throw new Error(lonely.error.message);
await mine();
const landed = await provider.getTransactionReceipt(lonely.transaction.hash);
const back = await flashbots.signBundle([{ signer: wallets[3], transaction: transaction(0) }]);
const taken = await flashbots.sendPrivateTransaction({ signedTransaction: back[0] });
const cancelledPrivate = await flashbots.cancelPrivateTransaction(taken.transaction.hash);
await mine();

const told = {
  included,
  receipts,
  simulated: {
    gas: simulation.totalGasUsed,
    reverted: simulation.firstRevert !== undefined,
  },
  failing: { reverted: failed.firstRevert !== undefined },
  hash: sent.bundleHash,
  ownHash,
  stats,
  cancelled: { hashes: cancelled.bundleHashes.length, resolution },
  private: {
    included: landed?.status === 1,
    cancelled: cancelledPrivate,
    landedAfterCancel: (await provider.getTransactionReceipt(taken.transaction.hash)) !== null,
  },
};
process.stdout.write(JSON.stringify(told), () => process.exit(0));
