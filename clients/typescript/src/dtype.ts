import { DataType } from "./gen/trailblazer/v1/tensor_pb.js";

/** Name of an element type. */
export type DType = "bool" | "int8" | "uint8" | "int32" | "int64" | "float32" | "float64";

/** Elements in row-major order. Those of the type bool are 0 or 1 in a Uint8Array. */
export type TypedArray =
  | Int8Array
  | Uint8Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

interface TypedArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): TypedArray;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray;
}

/** How elements of a type are stored and what they may be. */
export interface ElementType {
  readonly wire: DataType;
  readonly array: TypedArrayConstructor;
  /** Smallest and largest integer; absent for floats. */
  readonly range?: readonly [bigint, bigint];
}

export const elementTypes: Readonly<Record<DType, ElementType>> = {
  bool: { wire: DataType.BOOL, array: Uint8Array, range: [0n, 1n] },
  int8: { wire: DataType.INT8, array: Int8Array, range: [-128n, 127n] },
  uint8: { wire: DataType.UINT8, array: Uint8Array, range: [0n, 255n] },
  int32: { wire: DataType.INT32, array: Int32Array, range: [-(2n ** 31n), 2n ** 31n - 1n] },
  int64: { wire: DataType.INT64, array: BigInt64Array, range: [-(2n ** 63n), 2n ** 63n - 1n] },
  float32: { wire: DataType.FLOAT32, array: Float32Array },
  float64: { wire: DataType.FLOAT64, array: Float64Array },
};

/** Returns the name of a wire type, or undefined for one that is unknown. */
export function dtypeFromWire(wire: DataType): DType | undefined {
  return (Object.keys(elementTypes) as DType[]).find((name) => elementTypes[name].wire === wire);
}
