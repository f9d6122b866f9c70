import { actionEncoder } from "./action.js";
import type { TypedArray } from "./dtype.js";
import { InvalidArgumentError } from "./errors.js";
import type { Tensor } from "./gen/trailblazer/v1/tensor_pb.js";
import { elementsOf, type Leaf, leafOf, type Space } from "./space.js";
import { toTensor } from "./tensor.js";
import type { Graph, Sequence } from "./value.js";

type Encode = (value: unknown) => Tensor[];

/**
 * Plans the encoding of the value of one environment: the way back from
 * `singleDecoder`. Graphs and sequences must be as it made them.
 *
 * @param path - what errors call the value
 */
export function valueEncoder(space: Space, path: string): Encode {
  switch (space.kind) {
    case "dict":
      return join(space.entries.map(({ key, space }) => [key, valueEncoder(space, `${path}.${key}`)]), path);
    case "tuple":
      return join(space.spaces.map((space, i) => [i, valueEncoder(space, `${path}[${i}]`)]), path);
    case "graph":
      return (value) => {
        const graph = part(value, path, (v): v is Graph => "edgeLinks" in v);
        const edges = space.edge ? [ragged(graph.edges!, space.edge)] : [];
        return [ragged(graph.nodes, space.node), ...edges, ragged(graph.edgeLinks, { dtype: "int64", shape: [2] })];
      };
    case "sequence": {
      const collect = elements(space.element);
      return (value) => collect(part(value, path, (v): v is Sequence => "elements" in v).elements);
    }
    default:
      return actionEncoder(space, undefined, path);
  }
}

/** Encodes the leaves of a batch of elements, which the element's space has. */
function elements(space: Space): Encode {
  switch (space.kind) {
    case "dict":
      return join(space.entries.map(({ key, space }) => [key, elements(space)]), "elements");
    case "tuple":
      return join(space.spaces.map((space, i) => [i, elements(space)]), "elements");
    case "graph":
    case "sequence":
      throw new InvalidArgumentError("elements of a sequence are ragged themselves");
    default: {
      const leaf = leafOf(space);
      return (value) => [ragged(value as TypedArray, leaf)];
    }
  }
}

function join(parts: [string | number, Encode][], path: string): Encode {
  return (value) =>
    parts.flatMap(([key, encode]) => encode((part(value, path) as Record<string | number, unknown>)[key]));
}

/** Makes the tensor of one environment's rows. */
function ragged(array: TypedArray, { dtype, shape }: Leaf): Tensor {
  const rows = array.length / elementsOf(shape);
  const tensor = toTensor(array, dtype, [rows, ...shape]);
  tensor.rowOffsets = [0n, BigInt(rows)];
  return tensor;
}

function part<T extends object = object>(
  value: unknown,
  path: string,
  is: (value: object) => value is T = (_value): _value is T => true,
): T {
  if (typeof value === "object" && value !== null && is(value)) {
    return value;
  }
  throw new InvalidArgumentError("a part of the space is missing", {
    field: path,
    value: String(value),
    remedy: "give what reset and step return",
  });
}
