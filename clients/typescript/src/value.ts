import type { TypedArray } from "./dtype.js";
import type { Tensor } from "./gen/trailblazer/v1/tensor_pb.js";
import { type BoxSpace, elementsOf, type Leaf, leafOf, type Space } from "./space.js";
import { ServerError } from "./errors.js";
import { type Ragged, wrap, wrapRagged } from "./tensor.js";

/**
 * A value of one environment, by the kind of its space: a number (a bigint
 * where declared bounds exceed 2^53, a boolean for bool) for a Discrete or a
 * Box without shape; an array in row-major order for other Boxes, MultiDiscrete
 * and MultiBinary; an object for a Dict; a list for a Tuple.
 *
 * Arrays of one reply share its memory.
 */
export type Value =
  | number
  | bigint
  | boolean
  | TypedArray
  | Graph
  | Sequence
  | readonly Value[]
  | { readonly [key: string]: Value };

/** Values by name, such as an info. */
export type Values = { readonly [key: string]: Value };

/**
 * Values of N environments, batch first: an array of N × shape elements for all
 * but the ragged kinds, of which there is a list of N; Dicts and Tuples hold
 * batches.
 */
export type BatchValue =
  | TypedArray
  | readonly Graph[]
  | readonly Sequence[]
  | readonly BatchValue[]
  | { readonly [key: string]: BatchValue };

/** Batches by name, such as the infos of a vector. */
export type BatchValues = { readonly [key: string]: BatchValue };

/** A graph with features on its nodes and, where declared, on its edges. */
export interface Graph {
  readonly numNodes: number;
  readonly numEdges: number;
  /** Shape (numNodes, …features). */
  readonly nodes: TypedArray;
  /** Shape (numEdges, …features); undefined where edges have none. */
  readonly edges: TypedArray | undefined;
  /** Pairs of node indices (source, target), shape (numEdges, 2). */
  readonly edgeLinks: BigInt64Array;
}

/** A list of elements of one space. */
export interface Sequence {
  readonly length: number;
  /** Its elements as a batch: arrays of length × shape elements. */
  readonly elements: BatchValue;
}

/** Hands out the leaves of a value in wire order. */
interface Leaves {
  dense(leaf: Leaf, rows: number): TypedArray;
  ragged(leaf: Leaf, n: number): Ragged;
}

type Decode<T> = (leaves: Leaves, rows: number) => T;

/** Plans the decoding of tensors into the value of the one environment of a session. */
export function singleDecoder(space: Space): (tensors: Tensor[]) => Value {
  const decode = planSingle(space);
  return (tensors) => read(tensors, (leaves) => decode(leaves, 1));
}

/** Plans the decoding of tensors into the values of several environments. */
export function batchDecoder(space: Space): (tensors: Tensor[], rows: number) => BatchValue {
  const decode = planBatch(space);
  return (tensors, rows) => read(tensors, (leaves) => decode(leaves, rows));
}

function planSingle(space: Space): Decode<Value> {
  switch (space.kind) {
    case "dict":
      return planDict(space.entries.map(({ key, space }) => [key, planSingle(space)]));
    case "tuple":
      return planTuple(space.spaces.map(planSingle));
    case "graph":
    case "sequence": {
      const decode = planBatch(space) as Decode<readonly Value[]>;
      return (leaves, rows) => decode(leaves, rows)[0]!;
    }
    default: {
      const leaf = leafOf(space);
      if (leaf.shape.length > 0) {
        return (leaves, rows) => leaves.dense(leaf, rows);
      }
      const convert = scalar(space.kind === "box" ? space : undefined);
      return (leaves, rows) => convert(leaves.dense(leaf, rows)[0]!);
    }
  }
}

function planBatch(space: Space): Decode<BatchValue> {
  switch (space.kind) {
    case "dict":
      return planDict(space.entries.map(({ key, space }) => [key, planBatch(space)]));
    case "tuple":
      return planTuple(space.spaces.map(planBatch));
    case "graph":
      return planGraphs(space.node, space.edge);
    case "sequence":
      return planSequences(space.element);
    default: {
      const leaf = leafOf(space);
      return (leaves, rows) => leaves.dense(leaf, rows);
    }
  }
}

function planDict<T>(entries: [string, Decode<T>][]): Decode<{ [key: string]: T }> {
  return (leaves, rows) => {
    const value: { [key: string]: T } = {};
    for (const [key, decode] of entries) {
      value[key] = decode(leaves, rows);
    }
    return value;
  };
}

function planTuple<T>(parts: Decode<T>[]): Decode<T[]> {
  return (leaves, rows) => parts.map((decode) => decode(leaves, rows));
}

function planGraphs(node: BoxSpace, edge: BoxSpace | undefined): Decode<Graph[]> {
  const link: Leaf = { dtype: "int64", shape: [2] };
  return (leaves, rows) => {
    const nodes = leaves.ragged(node, rows);
    const edges = edge && leaves.ragged(edge, rows);
    const links = leaves.ragged(link, rows);
    return Array.from({ length: rows }, (_, i) => ({
      numNodes: count(nodes, i),
      numEdges: count(links, i),
      nodes: slice(nodes, i, elementsOf(node.shape)),
      edges: edges && edge && slice(edges, i, elementsOf(edge.shape)),
      edgeLinks: slice(links, i, 2) as BigInt64Array,
    }));
  };
}

function planSequences(element: Space): Decode<Sequence[]> {
  const ragged = leavesOf(element);
  const decode = planBatch(element);
  return (leaves, rows) => {
    const lists = ragged.map((leaf) => leaves.ragged(leaf, rows));
    return Array.from({ length: rows }, (_, i) => {
      const length = lists[0] ? count(lists[0], i) : 0;
      let at = 0;
      const one: Leaves = {
        dense: (leaf) => slice(lists[at++]!, i, elementsOf(leaf.shape)),
        ragged: () => {
          throw nested();
        },
      };
      return { length, elements: decode(one, length) };
    });
  };
}

/** Lists the leaves of a space that is not ragged. */
function leavesOf(space: Space): Leaf[] {
  switch (space.kind) {
    case "dict":
      return space.entries.flatMap((entry) => leavesOf(entry.space));
    case "tuple":
      return space.spaces.flatMap(leavesOf);
    case "graph":
    case "sequence":
      throw nested();
    default:
      return [leafOf(space)];
  }
}

function nested(): ServerError {
  return new ServerError("the server declares a sequence whose elements are ragged themselves");
}

function count({ offsets }: Ragged, i: number): number {
  return offsets[i + 1]! - offsets[i]!;
}

function slice({ array, offsets }: Ragged, i: number, elements: number): TypedArray {
  return array.subarray(offsets[i]! * elements, offsets[i + 1]! * elements);
}

/** Returns how the only element of an array is shown; Discrete has no box. */
function scalar(box: BoxSpace | undefined): (element: number | bigint) => Value {
  const dtype = box?.dtype ?? "int64";
  if (dtype === "bool") {
    return (element) => element === 1;
  }
  const exact = !box || Math.max(-box.low[0]!, box.high[0]!) <= 2 ** 53;
  return dtype === "int64" && exact ? Number : (element) => element;
}

/** Decodes all of a list of tensors. */
function read<T>(tensors: Tensor[], decode: (leaves: Leaves) => T): T {
  let at = 0;
  const next = (): Tensor => {
    const tensor = tensors[at++];
    if (!tensor) {
      throw miscounted(tensors.length);
    }
    return tensor;
  };
  const value = decode({
    dense: (leaf, rows) => wrap(next(), leaf.dtype, elementsOf(leaf.shape), rows),
    ragged: (leaf, n) => wrapRagged(next(), leaf.dtype, elementsOf(leaf.shape), n),
  });
  if (at !== tensors.length) {
    throw miscounted(tensors.length);
  }
  return value;
}

function miscounted(got: number): ServerError {
  return new ServerError(`the server's ${got} tensors are not the leaves of the declared space`, {
    remedy: "check that server and client are of the same version",
  });
}
