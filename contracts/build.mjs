// Compiles src/ into artifacts/: runtime bytecode, one file a contract, and the storage layout.
// `node build.mjs` writes; `node build.mjs --check` only compares, and fails on any difference.

import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import sha3 from "js-sha3";
import solc from "solc";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const SIZE_LIMIT = 24_576; // EIP-170

// What is deployed, not placed: by the deterministic deployment proxy that most chains have (salt
// zero), so that address and code follow from the sources and these figures.
const DEPLOYER = "4e59b44847b379578588920ca78fbf26c0b4956c";
const SALT = "00".repeat(32);
const WETH = "c02aaa39b223fe8d0a0e5c4f27ead9083c756cc2";
// UniswapX's V2, V3 and exclusive Dutch reactors on mainnet.
const REACTORS = [
  "00000011f84b9aa48e5f8aa8b9897600006289be",
  "0000000015757c461808ea25eb309638b62681cf",
  "6000da47483062a0d734ba3dc7576ce6a0b645c4",
];
const ANYONE = "00".repeat(20);

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
      outputSelection: { "*": { "*": ["evm.bytecode.object", "evm.deployedBytecode", "storageLayout"] } },
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  if (output.errors?.length) fail(output.errors.map((error) => error.formattedMessage).join("\n"));

  const files = {};
  const layout = {};
  for (const [source, contracts] of Object.entries(output.contracts)) {
    if (source.startsWith("base/")) continue;
    for (const [name, contract] of Object.entries(contracts)) {
      if (["Settler", "Executor", "Filler"].includes(name)) continue;
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
  Object.assign(files, deployed(output.contracts));
  files["layout.json"] = `${JSON.stringify(sorted, null, 2)}\n`;
  return files;
}

const keccak = (hex) => sha3.keccak256(Buffer.from(hex, "hex"));
const word = (address) => address.padStart(64, "0");

/**
 * The Settler with its solvers' Executors, and the Filler that anyone may use: creation code, and the
 * runtime code that comes of it, immutables filled in.
 */
function deployed(compiled) {
  const files = {};
  const index = {};
  const add = (name, address, immutables, creation) => {
    const { object, immutableReferences } = compiled[`${name}.sol`][name].evm.deployedBytecode;
    const code = filled(name, object, immutableReferences, immutables);
    if (code.length / 2 > SIZE_LIMIT) fail(`${name}: ${code.length / 2} bytes, more than ${SIZE_LIMIT}`);
    files[`${name}.hex`] = `${code}\n`;
    if (creation) files[`${name}.creation.hex`] = `${creation}\n`;
    index[name] = { address: `0x${address}`, codeHash: `0x${keccak(code)}` };
  };
  const creation = (name, ...words) => compiled[`${name}.sol`][name].evm.bytecode.object + words.map(word).join("");
  const create2 = (code) => keccak(`ff${DEPLOYER}${SALT}${keccak(code)}`).slice(24);

  const settlerCode = creation("Settler", WETH);
  const settler = create2(settlerCode);
  const executorHash = keccak(creation("Executor", WETH));
  add("Settler", settler, [WETH, executorHash], settlerCode);
  add("Executor", undefined, [settler, WETH]);
  // CREATE2 by the Settler; the salt is the solver's address, as a word.
  index.Executor = { initCodeHash: `0x${executorHash}`, codeHash: index.Executor.codeHash };
  const fillerCode = creation("Filler", settler, ...REACTORS, ANYONE);
  add("Filler", create2(fillerCode), [settler, ANYONE, ...REACTORS], fillerCode);
  files["deployed.json"] = `${JSON.stringify({ deployer: `0x${DEPLOYER}`, salt: `0x${SALT}`, contracts: index }, null, 2)}\n`;
  return files;
}

/** Runtime code with its immutables, which the compiler numbers in the order of declaration. */
function filled(name, code, references, values) {
  const places = Object.entries(references).sort(([a], [b]) => a - b);
  if (places.length !== values.length) fail(`${name}: ${places.length} immutables, not ${values.length}`);
  places.forEach(([, all], i) => {
    for (const { start, length } of all) {
      code = code.slice(0, 2 * start) + word(values[i]) + code.slice(2 * (start + length));
    }
  });
  return code;
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
