// What 1inch's packages make of orders. Reads a JSON array of cases and writes one of what came of each.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.argv[2]}/script.js`);
const limit = require("@1inch/limit-order-sdk");
const fusion = require("@1inch/fusion-sdk");

const text = (value) => JSON.parse(JSON.stringify(value, (_, v) => (typeof v === "bigint" ? v.toString() : v)));

/** The struct, its hash and the maker's traits. */
function order({ order, extension, chain }) {
  const built = limit.LimitOrder.fromDataAndExtension(order, limit.Extension.decode(extension));
  const traits = built.makerTraits;
  return {
    hash: built.getOrderHash(chain),
    extension: built.extension.encode(),
    sender: traits.isPrivate() ? traits.allowedSender() : null,
    expiration: traits.expiration(),
    nonce: traits.nonceOrEpoch(),
    series: traits.series(),
    flags: [
      !traits.isPartialFillAllowed(),
      traits.isMultipleFillsAllowed(),
      traits.hasPreInteraction(),
      traits.hasPostInteraction(),
      traits.isEpochManagerEnabled(),
      traits.hasExtension(),
      traits.isPermit2(),
      traits.isNativeUnwrapEnabled(),
      traits.isBitInvalidatorMode(),
    ],
  };
}

/** Amounts at a part, a taker, a time and a base fee. */
function amounts({ order, extension, making, taking, taker, time, baseFee, fusion: isFusion }) {
  const all = BigInt(order.makingAmount);
  const base = limit.calcTakingAmount(BigInt(making), all, BigInt(order.takingAmount));
  const got = limit.calcMakingAmount(BigInt(taking), all, BigInt(order.takingAmount));
  if (!isFusion) return { taking: base, making: got };
  const read = fusion.FusionExtension.decode(extension);
  const calculator = fusion.AmountCalculator.fromExtension(read);
  const who = new fusion.Address(taker);
  const at = [BigInt(time), BigInt(baseFee)];
  return {
    taking: calculator.getRequiredTakingAmount(who, base, ...at),
    making: calculator.getRequiredMakingAmount(who, got, ...at),
    bump: fusion.AuctionCalculator.fromAuctionData(read.auctionDetails).calcRateBump(...at),
    user: calculator.getUserTakingAmount(who, BigInt(making), base, all, ...at),
    integrator: calculator.getIntegratorFee(who, base, ...at),
    protocol:
      calculator.getProtocolFee(who, base, ...at) + calculator.getSurplusFee(who, BigInt(making), base, all, ...at),
    rebuilt: read.build().encode(),
    listed: read.whitelist.isWhitelisted(who),
  };
}

const cases = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(cases.map((one) => text({ ...order(one), ...amounts(one) }))));
