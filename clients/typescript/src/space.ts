import { type DType, dtypeFromWire } from "./dtype.js";
import { ServerError } from "./errors.js";
import type * as wire from "./gen/trailblazer/v1/space_pb.js";

/** What an observation, an action or an info looks like; the kinds are Gymnasium's. */
export type Space =
  | BoxSpace
  | DiscreteSpace
  | MultiDiscreteSpace
  | MultiBinarySpace
  | DictSpace
  | TupleSpace
  | GraphSpace
  | SequenceSpace;

/** Name and unit of one element, or one row of elements, of a space. */
export interface Feature {
  readonly name: string;
  /** SI symbol or a word ("ms", "kbps", "MB", "1" for a ratio). */
  readonly unit: string;
  readonly description: string;
}

/** An array of numbers between bounds. */
export interface BoxSpace {
  readonly kind: "box";
  readonly dtype: DType;
  /** Empty for one number. */
  readonly shape: readonly number[];
  /** One bound for all elements, or one for each in row-major order. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** None, one for the whole array, one for each index of the first axis, or one for each element. */
  readonly features: readonly Feature[];
}

/** One of n integers counted from start. */
export interface DiscreteSpace {
  readonly kind: "discrete";
  readonly n: number;
  readonly start: number;
  /** What each choice means; empty or n long. */
  readonly choices: readonly Feature[];
}

/** A vector of choices, the i-th from 0 up to nvec[i] - 1; int64. */
export interface MultiDiscreteSpace {
  readonly kind: "multiDiscrete";
  readonly nvec: readonly number[];
  readonly features: readonly Feature[];
}

/** An array of n zeros and ones; int8. */
export interface MultiBinarySpace {
  readonly kind: "multiBinary";
  readonly n: number;
  readonly features: readonly Feature[];
}

/** Named spaces, in declared order. */
export interface DictSpace {
  readonly kind: "dict";
  readonly entries: readonly { readonly key: string; readonly space: Space }[];
}

/** Spaces by position. */
export interface TupleSpace {
  readonly kind: "tuple";
  readonly spaces: readonly Space[];
}

/** A graph whose size differs from one observation to the next. */
export interface GraphSpace {
  readonly kind: "graph";
  readonly node: BoxSpace;
  /** Absent where edges have no features. */
  readonly edge: BoxSpace | undefined;
}

/** A list of elements of one space, of differing length. */
export interface SequenceSpace {
  readonly kind: "sequence";
  readonly element: Space;
}

/** Rebuilds a space from its message. */
export function spaceFromWire(space: wire.Space | undefined): Space {
  const kind = space?.kind;
  switch (kind?.case) {
    case "box":
      return box(kind.value);
    case "discrete": {
      const { n, start, choices } = kind.value;
      return { kind: "discrete", n: Number(n), start: Number(start), choices: choices.map(feature) };
    }
    case "multiDiscrete":
      return { kind: "multiDiscrete", nvec: kind.value.nvec.map(Number), features: kind.value.features.map(feature) };
    case "multiBinary":
      return { kind: "multiBinary", n: Number(kind.value.n), features: kind.value.features.map(feature) };
    case "dict":
      return dictFromWire(kind.value);
    case "tuple":
      return { kind: "tuple", spaces: kind.value.spaces.map(spaceFromWire) };
    case "graph":
      return { kind: "graph", node: box(kind.value.node), edge: kind.value.edge && box(kind.value.edge) };
    case "sequence":
      return { kind: "sequence", element: spaceFromWire(kind.value.element) };
    default:
      throw unknown("kind");
  }
}

function dictFromWire(dict: wire.DictSpace): DictSpace {
  return {
    kind: "dict",
    entries: dict.entries.map((entry) => ({ key: entry.key, space: spaceFromWire(entry.space) })),
  };
}

function box(space: wire.BoxSpace | undefined): BoxSpace {
  const dtype = space && dtypeFromWire(space.dtype);
  if (!dtype) {
    throw unknown("element type");
  }
  const { shape, low, high, features } = space;
  return { kind: "box", dtype, shape: shape.map(Number), low, high, features: features.map(feature) };
}

function feature({ name, unit, description }: wire.Feature): Feature {
  return { name, unit, description };
}

function unknown(what: string): ServerError {
  return new ServerError(`the server declares a space of an unknown ${what}`, {
    remedy: "use a client of the server's version",
  });
}

/** Returns the number of elements of an array of a shape. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** An array that travels as one tensor. */
export interface Leaf {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** Returns the one leaf of a Box, Discrete, MultiDiscrete or MultiBinary space. */
export function leafOf(space: BoxSpace | DiscreteSpace | MultiDiscreteSpace | MultiBinarySpace): Leaf {
  switch (space.kind) {
    case "box":
      return space;
    case "discrete":
      return { dtype: "int64", shape: [] };
    case "multiDiscrete":
      return { dtype: "int64", shape: [space.nvec.length] };
    case "multiBinary":
      return { dtype: "int8", shape: [space.n] };
  }
}
