import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { actionEncoder } from "../dist/action.js";
import { type BoxSpace, spaceFromWire, type Space } from "../dist/space.js";
import { swap, toTensor, wrap } from "../dist/tensor.js";
import { batchDecoder, singleDecoder } from "../dist/value.js";
import { SpaceSchema } from "../dist/gen/trailblazer/v1/space_pb.js";
import { DataType, type Tensor, TensorSchema } from "../dist/gen/trailblazer/v1/tensor_pb.js";

const box = (dtype: BoxSpace["dtype"], shape: number[] = [], bound = 1): BoxSpace => ({
  kind: "box",
  dtype,
  shape,
  low: [-bound],
  high: [bound],
  features: [],
});

const discrete: Space = { kind: "discrete", n: 6, start: 0, choices: [] };

function floats(...values: number[]): Tensor {
  return toTensor(Float32Array.from(values), "float32", [values.length]);
}

function ints(...values: number[]): Tensor {
  return toTensor(BigInt64Array.from(values, BigInt), "int64", [values.length]);
}

function ragged(tensor: Tensor, ...offsets: number[]): Tensor {
  tensor.rowOffsets = offsets.map(BigInt);
  return tensor;
}

test("aligned bytes are wrapped and only misaligned ones copied", () => {
  const memory = new ArrayBuffer(64);
  new Float64Array(memory)[2] = 1.5;
  const at = (offset: number) =>
    wrap(create(TensorSchema, { dtype: DataType.FLOAT64, data: new Uint8Array(memory, offset, 16) }), "float64", 2, 1);
  assert.equal(at(16)[0], 1.5);
  assert.equal(at(16).buffer, memory);
  for (let offset = 1; offset < 8; offset++) {
    assert.notEqual(at(offset).buffer, memory);
  }
  new Uint8Array(memory).copyWithin(3, 16, 24);
  assert.equal(at(3)[0], 1.5);
});

test("tensors from the wire decode whatever their alignment", () => {
  for (let length = 1; length < 9; length++) {
    const sent = toTensor(Float64Array.from({ length }, (_, i) => i / 3), "float64", [length]);
    const bytes = toBinary(TensorSchema, sent);
    const got = wrap(fromBinary(TensorSchema, bytes), "float64", length, 1);
    assert.deepEqual([...got], Array.from({ length }, (_, i) => i / 3));
  }
});

test("swap reverses the bytes of each element", () => {
  assert.deepEqual(swap(Uint8Array.of(1, 2, 3, 4), 2), Uint8Array.of(2, 1, 4, 3));
});

test("tensors of another type or size than declared are refused", () => {
  const decode = singleDecoder(box("float32", [2]));
  assert.throws(() => decode([floats(1)]), { name: "ServerError" });
  assert.throws(() => decode([ints(1)]), { name: "ServerError" });
  assert.throws(() => decode([]), { name: "ServerError" });
  assert.throws(() => decode([floats(1, 2), floats(1, 2)]), { name: "ServerError" });
  const graphs = batchDecoder({ kind: "sequence", element: box("float32") });
  for (const offsets of [[0, 1], [0, 1, 1], [1, 1, 2], [0, 3, 2]]) {
    assert.throws(() => graphs([ragged(floats(1, 2), ...offsets)], 2), { name: "ServerError" });
  }
});

test("scalars are numbers, booleans, and bigints where a number is too narrow", () => {
  const flag = toTensor(Uint8Array.of(1), "bool", [1]);
  assert.equal(singleDecoder(box("bool"))([flag]), true);
  assert.equal(singleDecoder(box("float32"))([floats(0.5)]), 0.5);
  assert.equal(singleDecoder(discrete)([ints(3)]), 3);
  assert.equal(singleDecoder(box("int64", [], 2 ** 53))([ints(-7)]), -7);
  assert.equal(singleDecoder(box("int64", [], 2 ** 60))([ints(-7)]), -7n);
});

test("dicts and tuples nest", () => {
  const space: Space = {
    kind: "dict",
    entries: [
      { key: "pair", space: { kind: "tuple", spaces: [discrete, box("float32", [2])] } },
      { key: "on", space: { kind: "multiBinary", n: 3, features: [] } },
    ],
  };
  const on = toTensor(Int8Array.of(1, 0, 1), "int8", [1, 3]);
  assert.deepEqual(singleDecoder(space)([ints(4), floats(1, 2), on]), {
    pair: [4, Float32Array.of(1, 2)],
    on: Int8Array.of(1, 0, 1),
  });
});

test("graphs are split by environment", () => {
  const space: Space = { kind: "graph", node: box("float32", [2]), edge: box("float32") };
  const tensors = [
    ragged(floats(1, 2, 3, 4, 5, 6), 0, 1, 3),
    ragged(floats(0.5), 0, 0, 1),
    ragged(ints(0, 1), 0, 0, 1),
  ];
  assert.deepEqual(batchDecoder(space)(tensors, 2), [
    {
      numNodes: 1,
      numEdges: 0,
      nodes: Float32Array.of(1, 2),
      edges: new Float32Array(),
      edgeLinks: new BigInt64Array(),
    },
    {
      numNodes: 2,
      numEdges: 1,
      nodes: Float32Array.of(3, 4, 5, 6),
      edges: Float32Array.of(0.5),
      edgeLinks: BigInt64Array.of(0n, 1n),
    },
  ]);
});

test("sequences are split by environment", () => {
  const element: Space = {
    kind: "dict",
    entries: [
      { key: "size", space: box("float32", [2]) },
      { key: "kind", space: discrete },
    ],
  };
  const decode = batchDecoder({ kind: "sequence", element });
  assert.deepEqual(decode([ragged(floats(1, 2, 3, 4), 0, 2, 2), ragged(ints(5, 6), 0, 2, 2)], 2), [
    { length: 2, elements: { size: Float32Array.of(1, 2, 3, 4), kind: BigInt64Array.of(5n, 6n) } },
    { length: 0, elements: { size: new Float32Array(), kind: new BigInt64Array() } },
  ]);
});

test("actions are encoded from flat, nested and typed arrays", () => {
  const encode = actionEncoder(box("float32", [3]), 2);
  const wanted = create(TensorSchema, { ...floats(1, 2, 3, 4, 5, 6), shape: [2n, 3n] });
  const flat = [1, 2, 3, 4, 5, 6];
  const row = (begin: number) => Float64Array.from(flat.slice(begin, begin + 3));
  const nested = [flat.slice(0, 3), flat.slice(3)];
  for (const action of [flat, Float32Array.from(flat), Float64Array.from(flat), nested, [row(0), row(3)]]) {
    assert.deepEqual(encode(action), [wanted]);
  }
  assert.deepEqual(actionEncoder(discrete)(2), [create(TensorSchema, { ...ints(2), shape: [1n] })]);
});

test("an encoded action is a copy", () => {
  const action = Float32Array.of(1, 2);
  const [tensor] = actionEncoder(box("float32", [2]))(action);
  action[0] = 9;
  assert.deepEqual(tensor?.data, floats(1, 2).data);
});

test("actions of another form are refused by path", () => {
  const space: Space = {
    kind: "dict",
    entries: [
      { key: "level", space: discrete },
      { key: "pair", space: { kind: "tuple", spaces: [box("int8", [2]), box("bool")] } },
    ],
  };
  const encode = actionEncoder(space);
  encode({ level: 1, pair: [[1, 2], true] });
  const refused: [unknown, string][] = [
    [{ level: 1 }, "action"],
    [{ level: 1, pair: [[1, 2]] }, "action.pair"],
    [{ level: 1, pair: [[1, 200], true] }, "action.pair[0][1]"],
    [{ level: 1, pair: [[1, 2, 3], true] }, "action.pair[0]"],
    [{ level: 1, pair: [[[1], [2]], true] }, "action.pair[0][0]"],
    [{ level: 1, pair: [3, true] }, "action.pair[0]"],
    [{ level: 1, pair: [[1, 2], 2] }, "action.pair[1]"],
    [{ level: 2 ** 53, pair: [[1, 2], true] }, "action.level"],
  ];
  for (const [action, field] of refused) {
    assert.throws(() => encode(action), { name: "InvalidArgumentError", field });
  }
  assert.throws(() => actionEncoder({ kind: "sequence", element: discrete }), { name: "UnsupportedError" });
});

test("spaces are rebuilt from their messages", () => {
  const feature = { name: "buffer", unit: "s", description: "video buffered" };
  const box = { dtype: DataType.FLOAT32, shape: [2n], low: [0], high: [1], features: [feature] };
  const element = { kind: { case: "discrete", value: { n: 2n, start: 1n } } } as const;
  const space = create(SpaceSchema, {
    kind: {
      case: "tuple",
      value: {
        spaces: [
          { kind: { case: "box", value: box } },
          { kind: { case: "multiDiscrete", value: { nvec: [2n, 3n] } } },
          { kind: { case: "multiBinary", value: { n: 4n } } },
          { kind: { case: "graph", value: { node: { dtype: DataType.INT32 } } } },
          { kind: { case: "sequence", value: { element } } },
        ],
      },
    },
  });
  const node = { kind: "box", dtype: "int32", shape: [], low: [], high: [], features: [] };
  assert.deepEqual(JSON.parse(JSON.stringify(spaceFromWire(space))), {
    kind: "tuple",
    spaces: [
      { kind: "box", dtype: "float32", shape: [2], low: [0], high: [1], features: [{ ...feature }] },
      { kind: "multiDiscrete", nvec: [2, 3], features: [] },
      { kind: "multiBinary", n: 4, features: [] },
      { kind: "graph", node },
      { kind: "sequence", element: { kind: "discrete", n: 2, start: 1, choices: [] } },
    ],
  });
  assert.throws(() => spaceFromWire(create(SpaceSchema)), { name: "ServerError" });
});
