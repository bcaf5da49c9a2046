// What an intent's signature covers, rebuilt here from what a person reads. Nothing of the types, the
// domain or the hashes is taken from a server: what differs is refused, not signed.

import { hashTypedData, isAddressEqual, keccak256, stringToHex, type Address, type Hex } from "viem";

/** Permit2, at the same address on every chain. */
export const PERMIT2: Address = "0x000000000022D473030F116dDEE9F6B43aC78BA3";

/** The Settler, at the address that its own code gives it. */
export const SETTLER: Address = "0x039bc95b5b8cc7bfc261c99fe968e0a7bd98c555";

/** The frozen types, version 1. */
export const INTENT_TYPES = {
  PermitWitnessTransferFrom: [
    { name: "permitted", type: "TokenPermissions" },
    { name: "spender", type: "address" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
    { name: "witness", type: "YieldIntent" },
  ],
  TokenPermissions: [
    { name: "token", type: "address" },
    { name: "amount", type: "uint256" },
  ],
  YieldIntent: [
    { name: "owner", type: "address" },
    { name: "recipient", type: "address" },
    { name: "outputs", type: "Output[]" },
    { name: "minValueOut", type: "uint256" },
    { name: "maxFeeIn", type: "uint256" },
    { name: "allowedSolver", type: "address" },
    { name: "exclusiveUntilBlock", type: "uint256" },
    { name: "validAfter", type: "uint256" },
    { name: "statement", type: "bytes32" },
    { name: "preferences", type: "bytes32" },
  ],
  Output: [
    { name: "token", type: "address" },
    { name: "minAmount", type: "uint256" },
    { name: "maxAmountCounted", type: "uint256" },
    { name: "rateE18", type: "uint256" },
  ],
} as const;

/** The message of a soft cancellation. */
export const CANCEL_TYPES = { CancelIntent: [{ name: "id", type: "bytes32" }] } as const;

/** A token that counts. Amounts are decimal strings. */
export type Output = { token: Address; minAmount: string; maxAmountCounted: string; rateE18: string };

/** The EIP-712 message, as the API has it: numbers are decimal strings. */
export type IntentMessage = {
  permitted: { token: Address; amount: string };
  spender: Address;
  nonce: string;
  deadline: string;
  witness: {
    owner: Address;
    recipient: Address;
    outputs: Output[];
    minValueOut: string;
    maxFeeIn: string;
    allowedSolver: Address;
    exclusiveUntilBlock: string;
    validAfter: string;
    statement: Hex;
    preferences: Hex;
  };
};

/** Whom and where an intent is signed for: known beforehand, not told by a server. */
export type Expected = {
  chainId: number;
  settler: Address;
  owner: Address;
  recipient: Address;
};

/** What a person reads, and what is offered for it. */
export type Readable = { id: Hex; message: IntentMessage; statement: string; preferences: unknown };

/** What is offered is not what it says it is. Nothing was signed. */
export class TenorMismatch extends Error {
  constructor(
    readonly what: string,
    readonly found: string,
    readonly expected: string,
  ) {
    super(`nothing is signed: ${what} is ${found}; it must be ${expected}`);
    this.name = "TenorMismatch";
  }
}

/** JSON with sorted members and no white space: what `preferences` is the hash of. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, of]) => `${JSON.stringify(name)}:${canonical(of)}`).join(",")}}`;
}

/** The typed data of an intent, as a wallet signs it. */
export function intentTypedData(chainId: number, message: IntentMessage) {
  const { permitted, witness } = message;
  return {
    domain: { name: "Permit2", chainId, verifyingContract: PERMIT2 },
    types: INTENT_TYPES,
    primaryType: "PermitWitnessTransferFrom",
    message: {
      permitted: { token: permitted.token, amount: BigInt(permitted.amount) },
      spender: message.spender,
      nonce: BigInt(message.nonce),
      deadline: BigInt(message.deadline),
      witness: {
        owner: witness.owner,
        recipient: witness.recipient,
        outputs: witness.outputs.map((output) => ({
          token: output.token,
          minAmount: BigInt(output.minAmount),
          maxAmountCounted: BigInt(output.maxAmountCounted),
          rateE18: BigInt(output.rateE18),
        })),
        minValueOut: BigInt(witness.minValueOut),
        maxFeeIn: BigInt(witness.maxFeeIn),
        allowedSolver: witness.allowedSolver,
        exclusiveUntilBlock: BigInt(witness.exclusiveUntilBlock),
        validAfter: BigInt(witness.validAfter),
        statement: witness.statement,
        preferences: witness.preferences,
      },
    },
  } as const;
}

/** The typed data of a soft cancellation. */
export function cancelTypedData(chainId: number, settler: Address, id: Hex) {
  return {
    domain: { name: "Tenor", version: "1", chainId, verifyingContract: settler },
    types: CANCEL_TYPES,
    primaryType: "CancelIntent",
    message: { id },
  } as const;
}

/** Rebuilds the digest from what a person reads; throws where anything differs. */
export function rebuild(readable: Readable, expected: Expected): Hex {
  const { message, statement, preferences } = readable;
  const { witness } = message;
  const address = (what: string, found: Address, wanted: Address) => {
    if (!isAddressEqual(found, wanted)) throw new TenorMismatch(what, found, wanted);
  };
  const hash = (what: string, text: string, signed: Hex) => {
    const found = keccak256(stringToHex(text));
    if (found !== signed) throw new TenorMismatch(`the hash of the ${what}`, signed, found);
  };
  address("the spender", message.spender, expected.settler);
  address("the owner", witness.owner, expected.owner);
  address("the recipient", witness.recipient, expected.recipient);
  hash("statement", statement, witness.statement);
  hash("preferences", canonical(preferences), witness.preferences);
  const digest = hashTypedData(intentTypedData(expected.chainId, message));
  if (digest !== readable.id) throw new TenorMismatch("the id", readable.id, digest);
  return digest;
}
