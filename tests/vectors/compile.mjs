// Prints the creation code of contracts as JSON, by name, for the scripts beside it:
//   node compile.mjs SOLC FOLDER REMAPPING,... FILE...
// SOLC is a folder of the npm package; a remapping is `prefix=folder`.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [compiler, folder, mapped, ...files] = process.argv.slice(2);
const solc = createRequire(import.meta.url)(resolve(compiler));
const mappings = mapped.split(",").filter(Boolean).map((pair) => pair.split("="));
const locate = (path) => {
  const found = mappings.find(([prefix]) => path.startsWith(prefix));
  return found ? join(found[1], path.slice(found[0].length)) : join(folder, path);
};
const read = (path) => {
  try {
    return { contents: readFileSync(locate(path), "utf8") };
  } catch (error) {
    return { error: error.message };
  }
};
const input = {
  language: "Solidity",
  sources: Object.fromEntries(files.map((path) => [path, { content: read(path).contents }])),
  settings: {
    optimizer: { enabled: true, runs: 200 },
    outputSelection: { "*": { "*": ["evm.bytecode.object"] } },
  },
};
const output = JSON.parse(solc.compile(JSON.stringify(input), { import: read }));
const errors = (output.errors ?? []).filter((error) => error.severity === "error");
if (errors.length) {
  console.error(errors.map((error) => error.formattedMessage).join("\n"));
  process.exit(1);
}
const compiled = {};
for (const file of files) {
  for (const [name, { evm }] of Object.entries(output.contracts[file])) {
    if (evm.bytecode.object) compiled[name] = evm.bytecode.object;
  }
}
console.log(JSON.stringify(compiled));
