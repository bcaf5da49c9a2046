// Compiles what packages publish as sources only, each set with its compiler, into compiled/: one
// artifact for each contract, of the form that Foundry writes.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const require = createRequire(import.meta.url);

const AAVE = "@aave-dao/aave-v3-origin/src/contracts";
const MORPHO = "@morpho-org/morpho-blue/src";
// Morpho's vaults and interest rate model are published by others alone: the files are morpho-org's
// (metamorpho 163eb2a, morpho-blue-irm a1a87fd) but for the paths of imports and the compiler's version.
const VAULTS = "sphere-mezo-solidity-files/domains";

// 1inch's settlement of Fusion orders. Its files and those that they import name different compilers.
const FUSION = "@1inch/limit-order-settlement/contracts";

const SETS = [
  {
    compiler: "solc",
    settings: { viaIR: true, optimizer: { enabled: true, runs: 200 }, evmVersion: "cancun" },
    sources: [`${FUSION}/Settlement.sol`],
    anyCompiler: true,
  },
  {
    compiler: "solc-0.8.19",
    settings: { viaIR: true, optimizer: { enabled: true, runs: 200 }, evmVersion: "paris" },
    sources: [`${MORPHO}/Morpho.sol`, `${MORPHO}/mocks/IrmMock.sol`, `${MORPHO}/mocks/OracleMock.sol`],
  },
  {
    compiler: "solc",
    settings: {
      optimizer: { enabled: true, runs: 200 },
      evmVersion: "paris",
      remappings: ["@openzeppelin/contracts/=openzeppelin-5.0/"],
    },
    sources: [
      `${VAULTS}/metamorpho/contracts/MetaMorpho.sol`,
      `${VAULTS}/morphoIrm/contracts/AdaptiveCurveIrm.sol`,
    ],
  },
  {
    compiler: "solc",
    settings: {
      optimizer: { enabled: true, runs: 200 },
      evmVersion: "cancun",
      remappings: [
        "solidity-utils/=@bgd-labs/solidity-utils/src/",
        "openzeppelin-contracts/=@openzeppelin/",
      ],
    },
    sources: [
      `${AAVE}/instances/PoolInstance.sol`,
      `${AAVE}/instances/PoolConfiguratorInstance.sol`,
      `${AAVE}/instances/ATokenInstance.sol`,
      `${AAVE}/instances/VariableDebtTokenInstance.sol`,
      `${AAVE}/protocol/configuration/PoolAddressesProvider.sol`,
      `${AAVE}/protocol/configuration/ACLManager.sol`,
      `${AAVE}/misc/DefaultReserveInterestRateStrategyV2.sol`,
      `${AAVE}/mocks/oracle/PriceOracle.sol`,
    ],
  },
];

function read(path, anyCompiler) {
  try {
    const source = readFileSync(here(`node_modules/${path}`), "utf8");
    if (!anyCompiler) return { contents: source };
    return { contents: source.replace(/^pragma solidity (0\.8\.\d+);/m, "pragma solidity ^$1;") };
  } catch (error) {
    return { error: error.message };
  }
}

const outputSelection = {
  "*": { "*": ["evm.bytecode.object", "evm.bytecode.linkReferences"] },
};
mkdirSync(here("compiled"), { recursive: true });
for (const { compiler, settings, sources, anyCompiler } of SETS) {
  const solc = require(compiler);
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(sources.map((path) => [path, { content: read(path, anyCompiler).contents }])),
    settings: { ...settings, outputSelection },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: (path) => read(path, anyCompiler) }));
  const errors = (output.errors ?? []).filter((error) => error.severity === "error");
  if (errors.length) {
    console.error(errors.map((error) => error.formattedMessage).join("\n"));
    process.exit(1);
  }
  for (const contracts of Object.values(output.contracts)) {
    for (const [name, { evm }] of Object.entries(contracts)) {
      const { object, linkReferences } = evm.bytecode;
      const artifact = JSON.stringify({ bytecode: { object }, linkReferences });
      if (object) writeFileSync(here(`compiled/${name}.json`), artifact);
    }
  }
}
