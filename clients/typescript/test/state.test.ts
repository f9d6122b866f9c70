import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, type Env, InvalidArgumentError } from "trailblazer-client";
import { type Server, startServer } from "./support/server.js";

let server: Server;
let client: Client;

before(async () => {
  server = await startServer();
  client = await Client.connect(server.url);
});

after(() => server.stop());

const id = "trailblazer/ABR-v0";
const levels = [1, 4, 2, 0, 5];

async function play(env: Env) {
  const steps = [];
  for (const level of levels) {
    steps.push(await env.step(level));
  }
  return steps;
}

test("a restored environment has the same future again", async () => {
  const env = await client.make(id);
  assert.equal(env.spec.canSnapshot, true);
  await env.reset({ seed: 3 });
  const shown = await env.step(2);
  const { state, hash } = await env.snapshot();
  assert.match(hash, /^[0-9a-f]{64}$/);
  const future = await play(env);
  assert.notEqual((await env.snapshot()).hash, hash);
  const restored = await env.restore(state);
  assert.deepEqual(restored.observation, shown.observation);
  assert.equal((await env.snapshot()).hash, hash);
  assert.deepEqual(await play(env), future);
});

test("a snapshot outlives its session", async () => {
  const env = await client.make(id);
  await env.reset({ seed: 3 });
  const { state } = await env.snapshot();
  const future = await play(env);
  await env.close();
  const other = await client.make(id);
  await other.restore(state);
  assert.deepEqual(await play(other), future);
});

test("a snapshot of something else is refused", async () => {
  const env = await client.make(id);
  await env.reset({ seed: 3 });
  await assert.rejects(env.restore(Uint8Array.of(1, 2, 3)), InvalidArgumentError);
  const vector = await client.makeVector(id, { numEnvs: 2 });
  await vector.reset();
  await assert.rejects(env.restore((await vector.snapshot()).state), InvalidArgumentError);
  await env.step(0);
});

test("forks go on from copies", async () => {
  const env = await client.make(id);
  await env.reset({ seed: 3 });
  const fork = await env.fork();
  const wide = await env.forkVector(3);
  const future = await play(env);
  assert.deepEqual(await play(fork), future);
  assert.equal(wide.numEnvs, 3);
  const step = await wide.step([levels[0]!, levels[0]!, 0]);
  assert.equal(step.reward[1], future[0]!.reward);
  assert.deepEqual(step.info["quality"], BigInt64Array.of(1n, 1n, 0n));
  await assert.rejects(wide.fork([0, 3]), { name: "InvalidArgumentError", field: "environments[1]", value: "3" });
  const picked = await wide.fork([2, 0]);
  assert.equal(picked.numEnvs, 2);
  assert.equal((await picked.step([0, levels[1]!])).reward[1], future[1]!.reward);
});
