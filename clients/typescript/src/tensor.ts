import { create } from "@bufbuild/protobuf";
import { type DType, elementTypes, type TypedArray } from "./dtype.js";
import { ServerError } from "./errors.js";
import { type Tensor, TensorSchema } from "./gen/trailblazer/v1/tensor_pb.js";

/** Rows of all environments: environment i owns those from offsets[i] up to offsets[i + 1]. */
export interface Ragged {
  readonly array: TypedArray;
  readonly offsets: readonly number[];
}

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * Wraps a tensor's bytes as an array, without a copy where they lie aligned.
 *
 * @param elements - number of elements of one row
 * @param rows - number of rows it must have; absent for any
 * @returns the array, rows × elements long
 */
export function wrap(tensor: Tensor, dtype: DType, elements: number, rows?: number): TypedArray {
  const type = elementTypes[dtype];
  const size = type.array.BYTES_PER_ELEMENT;
  const { data } = tensor;
  const length = data.byteLength / size;
  if (
    tensor.dtype !== type.wire ||
    (rows === undefined ? length % elements !== 0 : length !== rows * elements)
  ) {
    const got = `a tensor of type ${tensor.dtype} and ${data.byteLength} bytes`;
    throw new ServerError(`${got} is none of ${rows ?? "some"} rows of ${elements} ${dtype}`, {
      remedy: "check that server and client are of the same version",
    });
  }
  if (!littleEndian) {
    return new type.array(swap(data, size).buffer, 0, length);
  }
  const { buffer, byteOffset } =
    data.byteOffset % size === 0 ? data : new Uint8Array(data);
  return new type.array(buffer, byteOffset, length);
}

/** Wraps the tensor of a ragged leaf of n environments. */
export function wrapRagged(tensor: Tensor, dtype: DType, elements: number, n: number): Ragged {
  const array = wrap(tensor, dtype, elements);
  const offsets = tensor.rowOffsets.map(Number);
  const rows = array.length / elements;
  const ordered = offsets.every((offset, i) => offset >= (offsets[i - 1] ?? 0));
  if (offsets.length !== n + 1 || offsets[0] !== 0 || offsets[n] !== rows || !ordered) {
    throw new ServerError(`row offsets ${offsets} do not split ${rows} rows among ${n} environments`, {
      remedy: "check that server and client are of the same version",
    });
  }
  return { array, offsets };
}

/** Wraps the rewards of n environments. */
export function rewards(tensor: Tensor | undefined, n: number): Float64Array {
  return wrap(tensor ?? create(TensorSchema), "float64", 1, n) as Float64Array;
}

/** Wraps a flag of each of n environments, 0 or 1. */
export function flags(tensor: Tensor | undefined, n: number): Uint8Array {
  return wrap(tensor ?? create(TensorSchema), "bool", 1, n) as Uint8Array;
}

/** Makes a tensor of an array. It shares the array's memory. */
export function toTensor(array: TypedArray, dtype: DType, shape: readonly number[]): Tensor {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return create(TensorSchema, {
    dtype: elementTypes[dtype].wire,
    shape: shape.map(BigInt),
    data: littleEndian ? bytes : swap(bytes, array.BYTES_PER_ELEMENT),
  });
}

/** Returns a copy with the bytes of each element in opposite order. */
export function swap(bytes: Uint8Array, size: number): Uint8Array {
  const swapped = new Uint8Array(bytes);
  for (let at = 0; at < swapped.length; at += size) {
    swapped.subarray(at, at + size).reverse();
  }
  return swapped;
}
