// Sends a transaction through viem, reads what came of it, and calls. Writes what it saw as JSON.

import { createRequire } from "node:module";

const require = createRequire(`${process.argv[2]}/script.js`);
const viem = require("viem");
const { privateKeyToAccount } = require("viem/accounts");
const { mainnet } = require("viem/chains");

const [url, weth] = process.argv.slice(3);
const transport = viem.http(url);
const chain = { ...mainnet, rpcUrls: { default: { http: [url] } } };
const account = privateKeyToAccount("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
const other = privateKeyToAccount("0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d");
const client = viem.createPublicClient({ chain, transport, pollingInterval: 50 });
const wallet = viem.createWalletClient({ account, chain, transport });
const abi = viem.parseAbi([
  "function deposit() payable",
  "function withdraw(uint256)",
  "function balanceOf(address) view returns (uint256)",
  "event Deposit(address indexed dst, uint256 wad)",
]);

const read = () =>
  client.readContract({ address: weth, abi, functionName: "balanceOf", args: [account.address] });
const before = await read();
const hash = await wallet.writeContract({
  address: weth,
  abi,
  functionName: "deposit",
  value: viem.parseEther("2"),
});
const receipt = await client.waitForTransactionReceipt({ hash });
const deposited = (await read()) - before;
const logs = await client.getContractEvents({
  address: weth,
  abi,
  eventName: "Deposit",
  args: { dst: account.address },
  fromBlock: receipt.blockNumber,
});
const block = await client.getBlock({ blockNumber: receipt.blockNumber, includeTransactions: true });
let reverts = false;
try {
  await client.simulateContract({
    account,
    address: weth,
    abi,
    functionName: "withdraw",
    args: [viem.maxUint256],
  });
} catch (error) {
  reverts = error.walk((cause) => cause instanceof viem.ContractFunctionRevertedError) !== null;
}
// A delegation of another account (EIP-7702), paid for by this one.
const authorization = await wallet.signAuthorization({ account: other, contractAddress: weth });
const delegation = await wallet.sendTransaction({
  to: other.address,
  authorizationList: [authorization],
});
await client.waitForTransactionReceipt({ hash: delegation });
const code = await client.getCode({ address: other.address });

process.stdout.write(
  JSON.stringify({
    chainId: await client.getChainId(),
    status: receipt.status,
    deposited: deposited.toString(),
    logs: logs.length,
    blockHash: receipt.blockHash,
    recomputed: block.hash,
    reverts,
    delegated: code?.toLowerCase() === `0xef0100${weth.slice(2).toLowerCase()}`,
  }),
);
