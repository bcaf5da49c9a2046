// UniswapX's own SDK, asked in JSON, a line each: what it makes of an order's bytes, and the bytecode of
// the contracts that it carries.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const home = process.argv[2];
const require = createRequire(`${home}/script.js`);
const sdk = require("@uniswap/uniswapx-sdk");
const { BigNumber, ethers } = require("ethers");

const V3 = [
  "tuple(tuple(address,address,uint256,uint256,address,bytes),address,uint256," +
    "tuple(address,uint256,tuple(uint256,int256[]),uint256,uint256)," +
    "tuple(address,uint256,tuple(uint256,int256[]),address,uint256,uint256)[]," +
    "tuple(uint256,address,uint256,uint256,uint256[]),bytes)",
];

const curve = ([packed, amounts]) => ({
  relativeBlocks: amounts.map((_, i) => packed.shr(16 * i).and(0xffff).toNumber()),
  relativeAmounts: amounts.map((amount) => amount.toBigInt()),
});

// The SDK's own parser takes all packed blocks for one safe integer, and throws from the fourth on.
function v3(encoded, chain) {
  const [[info, cosigner, startingBaseFee, input, outputs, data, cosignature]] =
    ethers.utils.defaultAbiCoder.decode(V3, encoded);
  const [reactor, swapper, nonce, deadline, additionalValidationContract, additionalValidationData] = info;
  return new sdk.CosignedV3DutchOrder(
    {
      reactor,
      swapper,
      nonce,
      deadline: deadline.toNumber(),
      additionalValidationContract,
      additionalValidationData,
      cosigner,
      startingBaseFee,
      input: {
        token: input[0],
        startAmount: input[1],
        curve: curve(input[2]),
        maxAmount: input[3],
        adjustmentPerGweiBaseFee: input[4],
      },
      outputs: outputs.map((output) => ({
        token: output[0],
        startAmount: output[1],
        curve: curve(output[2]),
        recipient: output[3],
        minAmount: output[4],
        adjustmentPerGweiBaseFee: output[5],
      })),
      cosignerData: {
        decayStartBlock: data[0].toNumber(),
        exclusiveFiller: data[1],
        exclusivityOverrideBps: data[2],
        inputOverride: data[3],
        outputOverrides: data[4],
      },
      cosignature,
    },
    chain,
  );
}

const parsers = {
  Dutch: (encoded, chain) => sdk.DutchOrder.parse(encoded, chain),
  Dutch_V2: (encoded, chain) => sdk.CosignedV2DutchOrder.parse(encoded, chain),
  Dutch_V3: v3,
  Priority: (encoded, chain) => sdk.CosignedPriorityOrder.parse(encoded, chain),
};

function read({ kind, encoded, chain, signature, moments }) {
  const order = parsers[kind](encoded, chain);
  const { domain, types, values } = order.permitData();
  const resolved = moments.map((at) => {
    const { input, outputs } = order.resolve({ ...at, priorityFee: BigNumber.from(at.priorityFee ?? 0) });
    return { input: input.amount.toString(), outputs: outputs.map(({ amount }) => amount.toString()) };
  });
  const cosigned = kind === "Dutch" ? undefined : order.cosignatureHash(order.info.cosignerData);
  return {
    hash: order.hash(),
    digest: ethers.utils._TypedDataEncoder.hash(domain, types, values),
    serialized: order.serialize(),
    signer: order.getSigner(signature),
    cosigned,
    resolved,
  };
}

function code({ contract }) {
  const path = `${home}/node_modules/@uniswap/uniswapx-sdk/dist/cjs/src/contracts/factories/${contract}__factory.js`;
  return { bytecode: require(path)[`${contract}__factory`].bytecode };
}

for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const asked = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(asked.contract ? code(asked) : read(asked))}\n`);
}
