import { type DType, elementTypes, type TypedArray } from "./dtype.js";
import { InvalidArgumentError, UnsupportedError } from "./errors.js";
import type { Tensor } from "./gen/trailblazer/v1/tensor_pb.js";
import { elementsOf, leafOf, type Space } from "./space.js";
import { toTensor } from "./tensor.js";

/** Numbers of an array: nested lists of its shape, or flat ones in row-major order. */
export type Numbers = number | bigint | boolean | ArrayLike<number> | ArrayLike<bigint> | readonly Numbers[];

/**
 * An action, by the kind of its space: an integer for a Discrete, {@link Numbers}
 * for the other arrays, an object for a Dict and a list for a Tuple. The action
 * of a vector has the environment as first axis of every array.
 */
export type ActionValue = Numbers | readonly ActionValue[] | { readonly [key: string]: ActionValue };

interface ActionLeaf {
  readonly path: string;
  readonly get: (action: unknown) => unknown;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/**
 * Plans the encoding of actions. Forms and types are checked here; ranges are
 * the server's to refuse.
 *
 * @param batch - number of environments; absent for actions without a first axis
 * @param path - what errors call the value
 */
export function actionEncoder(space: Space, batch?: number, path = "action"): (action: unknown) => Tensor[] {
  const leaves = plan(space, path, (action) => action, batch === undefined ? [] : [batch]);
  return (action) =>
    leaves.map(({ path, get, dtype, shape }) => {
      const array = toArray(get(action), dtype, shape, path);
      return toTensor(array, dtype, batch === undefined ? [1, ...shape] : shape);
    });
}

function plan(space: Space, path: string, get: ActionLeaf["get"], batch: number[]): ActionLeaf[] {
  switch (space.kind) {
    case "dict":
      return space.entries.flatMap(({ key, space }) =>
        plan(space, `${path}.${key}`, (action) => entry(get(action), key, path), batch),
      );
    case "tuple":
      return space.spaces.flatMap((space, i) =>
        plan(space, `${path}[${i}]`, (action) => entry(get(action), i, path), batch),
      );
    case "graph":
    case "sequence":
      throw new UnsupportedError(`actions of kind ${space.kind} can't be sent`);
    default: {
      const { dtype, shape } = leafOf(space);
      return [{ path, get, dtype, shape: [...batch, ...shape] }];
    }
  }
}

function entry(action: unknown, key: string | number, path: string): unknown {
  const value =
    typeof action === "object" && action !== null
      ? (action as Record<string | number, unknown>)[key]
      : undefined;
  if (value === undefined) {
    throw refuse(path, show(action), `give it an entry ${JSON.stringify(key)}`);
  }
  return value;
}

/** Copies numbers into an array of a shape. */
function toArray(value: unknown, dtype: DType, shape: readonly number[], path: string): TypedArray {
  const array = new elementTypes[dtype].array(elementsOf(shape));
  if (shape.length > 0 && value instanceof array.constructor) {
    const given = value as TypedArray;
    if (given.length === array.length && dtype !== "bool") {
      array.set(given as never);
      return array;
    }
  }
  fill(array, 0, value, dtype, shape, path);
  return array;
}

/** Writes numbers of a shape to an array and returns how many. */
function fill(
  array: TypedArray,
  at: number,
  value: unknown,
  dtype: DType,
  shape: readonly number[],
  path: string,
): number {
  if (shape.length === 0) {
    array[at] = element(value, dtype, path);
    return 1;
  }
  if (!isList(value)) {
    throw refuse(path, show(value), `give an array of shape (${shape.join(", ")})`);
  }
  const nested = isList(value[0]);
  const length = nested ? shape[0]! : elementsOf(shape);
  if (value.length !== length) {
    const got = `${value.length} ${nested ? "lists" : "elements"}`;
    throw refuse(path, got, `give ${length}, for shape (${shape.join(", ")})`);
  }
  const inner = nested ? shape.slice(1) : [];
  let filled = 0;
  for (let i = 0; i < length; i++) {
    filled += fill(array, at + filled, value[i], dtype, inner, `${path}[${i}]`);
  }
  return filled;
}

/** Returns a number as an array of the type takes it, without loss for integers. */
function element(value: unknown, dtype: DType, path: string): never {
  const { range } = elementTypes[dtype];
  if (!range) {
    if (typeof value !== "number" && typeof value !== "bigint") {
      throw refuse(path, show(value), "give a number");
    }
    return Number(value) as never;
  }
  const integer = toBigInt(value, dtype);
  if (integer === undefined || integer < range[0] || integer > range[1]) {
    throw refuse(path, show(value), `give ${dtype === "bool" ? "true or false" : `an integer that ${dtype} holds`}`);
  }
  return (dtype === "int64" ? integer : Number(integer)) as never;
}

function toBigInt(value: unknown, dtype: DType): bigint | undefined {
  if (typeof value === "bigint") {
    return value;
  }
  if (Number.isSafeInteger(value) || (dtype === "bool" && typeof value === "boolean")) {
    return BigInt(value as number | boolean);
  }
  return undefined;
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** Shows a value in a message, cut to a line. */
function show(value: unknown): string {
  let text = String(value);
  if (typeof value === "string") {
    text = JSON.stringify(value);
  } else if (isList(value)) {
    text = `[${Array.from(value)}]`;
  } else if (typeof value === "object" && value !== null) {
    text = `{${Object.keys(value)}}`;
  }
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function refuse(field: string, value: string, remedy: string): InvalidArgumentError {
  const what = /^\w+/.exec(field)![0];
  return new InvalidArgumentError(`the ${what} is none of the ${what} space`, { field, value, remedy });
}
