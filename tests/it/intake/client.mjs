// The client against a running server and a chain with Permit2. Arguments: the built client's folder,
// the server's URL, the node's URL, a private key, and the folder of the npm packages.

import { strict as assert } from "node:assert";
import { pathToFileURL } from "node:url";

const [, , built, server, node, key, modules] = process.argv;
const { createRequire } = await import("node:module");
const require = createRequire(`${modules}/package.json`);
const { createPublicClient, http } = require("viem");
const { privateKeyToAccount } = require("viem/accounts");
const { Tenor, TenorMismatch, TenorProblem, PERMIT2, intentTypedData } = await import(
  pathToFileURL(`${built}/index.js`).href
);

const account = privateKeyToAccount(key);
const tenor = new Tenor(server);
const ask = { sentence: "swap 5 WETH to wstETH", owner: account.address };

// Quote and sign.
const quote = await tenor.quote(ask);
assert.equal(quote.kind, "firm");
const signed = await tenor.sign(ask, quote, account);

// Permit2 on the chain has the same domain, so that it takes this signature.
const chain = createPublicClient({ transport: http(node) });
const separator = await chain.readContract({
  address: PERMIT2,
  abi: [{ type: "function", name: "DOMAIN_SEPARATOR", inputs: [], outputs: [{ type: "bytes32" }], stateMutability: "view" }],
  functionName: "DOMAIN_SEPARATOR",
});
const { hashDomain } = require("viem");
const EIP712Domain = [
  { name: "name", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" },
];
const { domain } = intentTypedData(await chain.getChainId(), signed.message);
assert.equal(hashDomain({ domain, types: { EIP712Domain } }), separator);

// Whatever is changed on the way is refused, and nothing is signed.
const changed = (change) => {
  const copy = structuredClone(quote);
  change(copy.sign.submit, copy);
  return assert.rejects(tenor.sign(ask, copy, account), TenorMismatch);
};
await changed((submit) => (submit.statement += "!"));
await changed((submit) => (submit.preferences.slippage_bps += 1));
await changed((submit) => (submit.message.witness.recipient = PERMIT2));
await changed((submit) => (submit.message.spender = PERMIT2));
await changed((submit) => (submit.message.witness.outputs[0].minAmount = "0"));
await changed((submit) => (submit.message.permitted.amount += "0"));
await changed((_, copy) => (copy.id = `0x${"00".repeat(32)}`));

// Submit, twice the same.
const accepted = await tenor.submit(signed);
assert.equal(accepted.id, quote.id);
assert.deepEqual(await tenor.submit(signed), accepted);

// Watch until it is quoted; then from the middle again.
const seen = [];
for await (const event of tenor.watch(accepted.id)) {
  seen.push(event);
  if (event.stage === "quoted") break;
}
assert.deepEqual(seen.map((event) => event.stage), ["received", "verified", "quoted"]);

// Cancel; a watcher who comes back hears the rest and its end.
assert.equal((await tenor.cancel(accepted.id, account)).stage, "cancelled");
const rest = [];
for await (const event of tenor.watch(accepted.id, { after: seen[1].seq })) rest.push(event.stage);
assert.deepEqual(rest, ["quoted", "cancelled"]);

// Problems have their code.
const refused = await tenor.quote({ ...ask, sentence: "buy the moon" }).catch((error) => error);
assert.ok(refused instanceof TenorProblem);
assert.equal(refused.code, "bad_sentence");
assert.equal(refused.retryable, false);
const late = structuredClone(signed);
late.message.deadline = "1";
const expired = await tenor.submit(late).catch((error) => error);
assert.equal(expired.code, "expired");
// What the chain is given by who runs this.
console.log(JSON.stringify({ signed, approval: quote.sign.approval }));
