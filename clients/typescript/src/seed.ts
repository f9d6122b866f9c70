import { InvalidArgumentError } from "./errors.js";

/** Where a random stream begins: an integer from 0 up to 2^64 - 1. */
export type Seed = number | bigint;

/** Checks seeds, so that none is ignored or rounded silently. */
export function toSeeds(seed: Seed | readonly Seed[] | undefined): bigint[] {
  if (seed === undefined) {
    return [];
  }
  return typeof seed === "object" ? seed.map((s, i) => check(s, `seed[${i}]`)) : [check(seed, "seed")];
}

function check(seed: Seed, field: string): bigint {
  if (typeof seed === "bigint" || Number.isSafeInteger(seed)) {
    const whole = BigInt(seed);
    if (whole >= 0n && whole < 2n ** 64n) {
      return whole;
    }
  }
  throw new InvalidArgumentError("a random stream can't start there", {
    field,
    value: String(seed),
    remedy: "give an integer from 0 up to 2^64 - 1, as a bigint above 2^53",
  });
}
