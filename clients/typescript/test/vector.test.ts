import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type AutoresetMode, Client, InvalidArgumentError, OrderError, type VectorEnv } from "trailblazer-client";
import { type Server, startServer } from "./support/server.js";

const n = 16;

type AbrVector = VectorEnv<Float32Array, number[] | BigInt64Array, { chunk: BigInt64Array }>;

let server: Server;
let client: Client;

before(async () => {
  server = await startServer();
  client = await Client.connect(server.url);
});

after(() => server.stop());

function makeVector(autoresetMode?: AutoresetMode): Promise<AbrVector> {
  return client.makeVector("trailblazer/ABR-v0", {
    scenario: "abr/train",
    config: { max_steps: 3 },
    numEnvs: n,
    ...(autoresetMode && { autoresetMode }),
  });
}

const actions = (level = 0): number[] => new Array<number>(n).fill(level);
const ones = Uint8Array.from(actions(1));
const zeros = Uint8Array.from(actions(0));

/** Lets the second half be one step ahead of the first, two steps from its end. */
async function stagger(vector: AbrVector): Promise<void> {
  await vector.reset({ seed: 5 });
  await vector.step(actions());
  await vector.reset({ seed: 5, mask: half });
}

const half = Array.from({ length: n }, (_, i) => i < n / 2);
const rowOf = (batch: Float32Array, i: number): Float32Array => batch.subarray(36 * i, 36 * (i + 1));

test("batches have the environment as first axis", async () => {
  const vector = await makeVector();
  assert.equal(vector.autoresetMode, "NextStep");
  assert.equal(vector.numEnvs, n);
  const { observation, info, seeds } = await vector.reset({ seed: 5 });
  assert.deepEqual(seeds, [5n]);
  assert.equal(observation.length, n * 36);
  assert.equal(info.chunk.length, n);
  const step = await vector.step(actions(2));
  assert.ok(step.reward instanceof Float64Array && step.reward.length === n);
  assert.deepEqual(step.terminated, zeros);
  assert.deepEqual(step.truncated, zeros);
});

test("environment i of a vector plays what a single one plays with seed s + i", async () => {
  const vector = await makeVector();
  const first = await vector.reset({ seed: 5 });
  const second = await vector.step(BigInt64Array.from(actions(1), BigInt));
  for (const i of [0, 7, 15]) {
    const env = await client.make<Float32Array>("trailblazer/ABR-v0", {
      scenario: "abr/train",
      config: { max_steps: 3 },
    });
    assert.deepEqual((await env.reset({ seed: 5 + i })).observation, rowOf(first.observation, i));
    const step = await env.step(1);
    assert.deepEqual(step.observation, rowOf(second.observation, i));
    assert.equal(step.reward, second.reward[i]);
    await env.close();
  }
  const listed = Array.from({ length: n }, (_, i) => 5 + i);
  assert.deepEqual((await vector.reset({ seed: listed })).observation, first.observation);
});

test("NextStep: the step after the end resets and ignores the action", async () => {
  const vector = await makeVector("NextStep");
  const first = await vector.reset({ seed: 5 });
  await vector.step(actions());
  await vector.step(actions());
  const end = await vector.step(actions());
  assert.deepEqual(end.truncated, ones);
  assert.deepEqual(end.terminated, zeros);
  assert.equal(end.final, undefined);
  const next = await vector.step(actions(3));
  assert.deepEqual(next.reward, new Float64Array(n));
  assert.deepEqual(next.truncated, zeros);
  assert.deepEqual(next.info.chunk, first.info.chunk);
});

test("SameStep: the step of the end resets, and has the last observation apart", async () => {
  const disabled = await makeVector("Disabled");
  const vector = await makeVector("SameStep");
  await stagger(disabled);
  await stagger(vector);
  for (const v of [disabled, vector]) {
    await v.step(actions(1));
  }
  const wanted = await disabled.step(actions(2));
  const end = await vector.step(actions(2));
  assert.deepEqual(end.truncated, wanted.truncated);
  const finished = [8, 9, 10, 11, 12, 13, 14, 15];
  assert.deepEqual(end.final?.environments, finished);
  assert.equal(end.final.observation.length, 8 * 36);
  for (const [row, i] of finished.entries()) {
    assert.deepEqual(rowOf(end.final.observation, row), rowOf(wanted.observation, i));
    assert.notDeepEqual(rowOf(end.observation, i), rowOf(wanted.observation, i));
  }
  assert.deepEqual(end.final.info.chunk, wanted.info.chunk.subarray(8));
  assert.deepEqual(rowOf(end.observation, 0), rowOf(wanted.observation, 0));
  assert.equal((await vector.step(actions())).final?.environments.length, 8);
});

test("Disabled: a finished environment waits for its reset", async () => {
  const vector = await makeVector("Disabled");
  await stagger(vector);
  await vector.step(actions());
  const end = await vector.step(actions());
  assert.deepEqual([...end.truncated], half.map((first) => (first ? 0 : 1)));
  await assert.rejects(vector.step(actions()), OrderError);
  const reset = await vector.reset({ mask: end.truncated });
  assert.deepEqual(rowOf(reset.observation, 0), rowOf(end.observation, 0));
  assert.notDeepEqual(rowOf(reset.observation, 15), rowOf(end.observation, 15));
  assert.deepEqual([...(await vector.step(actions())).truncated], half.map(Number));
});

test("actions and masks of a wrong form are refused", async () => {
  const vector = await makeVector();
  await vector.reset({ seed: 5 });
  await assert.rejects(vector.step(actions().slice(1)), { field: "action", value: "15 elements" });
  await assert.rejects(vector.step([...actions().slice(1), 0.5]), { field: "action[15]", value: "0.5" });
  await assert.rejects(vector.step([...actions().slice(1), 9]), (error: unknown) => {
    return error instanceof InvalidArgumentError && /15/.test(error.field) && error.value === "9";
  });
  await assert.rejects(vector.reset({ mask: [true] }), { field: "mask" });
  await assert.rejects(vector.reset({ seed: [1, 2] }), InvalidArgumentError);
  await assert.rejects(client.makeVector("trailblazer/ABR-v0", { numEnvs: 0 }), { field: "numEnvs" });
});
