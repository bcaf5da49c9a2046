// What viem makes of typed data: digests, signatures, and the hashes of both texts.
// Reads a JSON array of { key, typedData, statement, preferences } and writes one of what came of each.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.argv[2]}/script.js`);
const { hashDomain, hashStruct, hashTypedData, keccak256, stringToHex } = require("viem");
const { privateKeyToAccount } = require("viem/accounts");

/** JSON with sorted members and no white space. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

const cases = JSON.parse(readFileSync(0, "utf8"));
const results = await Promise.all(
  cases.map(async ({ key, typedData, statement, preferences }) => {
    const { types, primaryType, message, domain } = typedData;
    const account = privateKeyToAccount(key);
    return {
      owner: account.address,
      domain: hashDomain({ domain, types }),
      struct: hashStruct({ data: message, primaryType, types }),
      digest: hashTypedData(typedData),
      signature: await account.signTypedData(typedData),
      statement: keccak256(stringToHex(statement)),
      preferences: keccak256(stringToHex(canonical(preferences))),
    };
  }),
);
process.stdout.write(JSON.stringify(results));
