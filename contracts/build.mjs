// Compiles src/ into artifacts/: runtime bytecode, one file a contract, and the storage layout.
// `node build.mjs` writes; `node build.mjs --check` only compares, and fails on any difference.

import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import solc from "solc";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const SIZE_LIMIT = 24_576; // EIP-170

/** The sources by name, without the folder: `Lido.sol`, `base/Wide.sol`. */
function sources() {
  const names = readdirSync(here("src"), { recursive: true })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => name.endsWith(".sol"))
    .sort();
  return Object.fromEntries(names.map((name) => [name, { content: readFileSync(here(`src/${name}`), "utf8") }]));
}

/** Everything that artifacts/ should hold: file name to text. */
function compile() {
  const input = {
    language: "Solidity",
    sources: sources(),
    settings: {
      optimizer: { enabled: true, runs: 1_000_000 },
      evmVersion: "cancun",
      metadata: { bytecodeHash: "none", appendCBOR: false },
      outputSelection: { "*": { "*": ["evm.deployedBytecode.object", "storageLayout"] } },
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  if (output.errors?.length) fail(output.errors.map((error) => error.formattedMessage).join("\n"));

  const files = {};
  const layout = {};
  for (const [source, contracts] of Object.entries(output.contracts)) {
    if (source.startsWith("base/")) continue;
    for (const [name, contract] of Object.entries(contracts)) {
      const code = contract.evm.deployedBytecode.object;
      const slots = contract.storageLayout?.storage ?? [];
      if (code === "" || slots.length === 0) continue; // interfaces and libraries
      if (code.length / 2 > SIZE_LIMIT) fail(`${name}: ${code.length / 2} bytes, more than ${SIZE_LIMIT}`);
      files[`${name}.hex`] = `${code}\n`;
      layout[name] = Object.fromEntries(
        slots.map(({ label, slot, offset, type }) => {
          if (offset !== 0) fail(`${name}.${label} shares slot ${slot}: give it a slot of its own`);
          return [label, { slot, type: contract.storageLayout.types[type].label }];
        }),
      );
    }
  }
  const sorted = Object.fromEntries(Object.entries(layout).sort(([a], [b]) => (a < b ? -1 : 1)));
  files["layout.json"] = `${JSON.stringify(sorted, null, 2)}\n`;
  return files;
}

/** What artifacts/ holds now. */
function committed() {
  try {
    return Object.fromEntries(
      readdirSync(here("artifacts")).map((name) => [name, readFileSync(here(`artifacts/${name}`), "utf8")]),
    );
  } catch (error) {
    if (error.code === "ENOENT") return {};
    throw error;
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

const built = compile();
const present = committed();
const names = [...new Set([...Object.keys(built), ...Object.keys(present)])].sort();

if (process.argv.includes("--check")) {
  const differences = names.flatMap((name) => {
    if (!(name in present)) return [`missing: artifacts/${name}`];
    if (!(name in built)) return [`no longer built: artifacts/${name}`];
    return built[name] === present[name] ? [] : [`out of date: artifacts/${name}`];
  });
  if (differences.length) fail(`${differences.join("\n")}\nrun \`npm run build\` in contracts/ and commit the result`);
  console.log(`${names.length} artifacts are up to date`);
} else {
  mkdirSync(here("artifacts"), { recursive: true });
  for (const name of names) {
    if (name in built) writeFileSync(here(`artifacts/${name}`), built[name]);
    else rmSync(here(`artifacts/${name}`));
  }
  console.log(`${Object.keys(built).length} artifacts written`);
}
