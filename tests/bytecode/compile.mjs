// Compiles contracts/ against the installed packages into compiled.json: creation code by name.
// Published sources without published bytecode come in this way.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import solc from "solc";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const read = (path) => readFileSync(here(path), "utf8");

const names = readdirSync(here("contracts")).sort();
const input = {
  language: "Solidity",
  sources: Object.fromEntries(names.map((name) => [name, { content: read(`contracts/${name}`) }])),
  settings: {
    optimizer: { enabled: true, runs: 200 },
    evmVersion: "cancun",
    outputSelection: { "*": { "*": ["evm.bytecode.object"] } },
  },
};
const imports = (path) => {
  try {
    // Sources that name one compiler are compiled by this one.
    const source = read(`node_modules/${path}`).replace(/^pragma solidity (0\.8\.\d+);/m, "pragma solidity ^$1;");
    return { contents: source };
  } catch (error) {
    return { error: error.message };
  }
};
const output = JSON.parse(solc.compile(JSON.stringify(input), { import: imports }));
const errors = (output.errors ?? []).filter((error) => error.severity === "error");
if (errors.length) {
  console.error(errors.map((error) => error.formattedMessage).join("\n"));
  process.exit(1);
}
const compiled = {};
for (const name of names) {
  for (const [contract, { evm }] of Object.entries(output.contracts[name])) {
    if (evm.bytecode.object) compiled[contract] = evm.bytecode.object;
  }
}
writeFileSync(here("compiled.json"), JSON.stringify(compiled));
