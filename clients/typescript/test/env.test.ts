import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, type Env, InvalidArgumentError, NotFoundError, OrderError, type StepResult } from "trailblazer-client";
import { type Server, startServer } from "./support/server.js";

type AbrInfo = Record<"chunk" | "reward_quality" | "reward_rebuffering" | "reward_smoothness", number>;
type AbrEnv = Env<Float32Array, number, AbrInfo>;

let server: Server;
let client: Client;

before(async () => {
  server = await startServer();
  client = await Client.connect(server.url);
});

after(() => server.stop());

function makeAbr(scenario = "abr/default-test"): Promise<AbrEnv> {
  return client.make("trailblazer/ABR-v0", { scenario });
}

async function play(env: AbrEnv, seed: number | bigint): Promise<StepResult<Float32Array, AbrInfo>[]> {
  await env.reset({ seed });
  const steps = [];
  for (let i = 0; ; i++) {
    const step = await env.step(i % 6);
    steps.push(step);
    if (step.terminated || step.truncated) {
      return steps;
    }
  }
}

test("an episode plays to its end", async () => {
  const env = await makeAbr();
  const first = await env.reset({ seed: 1 });
  assert.equal(first.seed, 1n);
  assert.equal(first.observation.length, 36);
  const steps = await play(env, 1);
  assert.ok(steps.length > 10 && steps.length <= env.spec.maxEpisodeSteps);
  const last = steps.at(-1)!;
  assert.equal(last.terminated, true);
  assert.equal(last.truncated, false);
  assert.equal(last.final, undefined);
  for (const { reward, info } of steps) {
    const parts = info.reward_quality + info.reward_rebuffering + info.reward_smoothness;
    assert.ok(Math.abs(parts - reward) < 1e-9);
    assert.ok(reward >= env.spec.rewardRange[0] && reward <= env.spec.rewardRange[1]);
  }
  await env.close();
});

test("the same seed and actions give the same episode, other seeds another", async () => {
  const a = await makeAbr("abr/train");
  const b = await makeAbr("abr/train");
  const seed = 2n ** 64n - 1n;
  const played = await play(a, seed);
  assert.deepEqual(await play(b, seed), played);
  assert.deepEqual(await play(a, seed), played);
  assert.notDeepEqual(await play(b, 4), played);
});

test("a seed that the server draws is told and reproduces the episode", async () => {
  const env = await makeAbr("abr/train");
  const first = await env.reset();
  assert.equal(typeof first.seed, "bigint");
  assert.equal((await env.reset()).seed, undefined);
  assert.deepEqual(await env.reset({ seed: first.seed! }), first);
});

test("an action out of range is refused by field, value and remedy, and nothing happens", async () => {
  const env = await makeAbr();
  await env.reset({ seed: 1 });
  const refused: unknown = await env.step(6).catch((error: unknown) => error);
  assert.ok(refused instanceof InvalidArgumentError);
  assert.equal(refused.code, "invalid_argument");
  assert.match(refused.field, /^action/);
  assert.equal(refused.value, "6");
  assert.match(refused.remedy, /5/);
  assert.ok(refused.message.includes(refused.remedy));
  assert.equal((await env.step(0)).info.chunk, 1);
});

test("an action of the wrong type is refused before it is sent", async () => {
  const env = await makeAbr();
  await env.reset({ seed: 1 });
  for (const action of [0.5, NaN, "1", [1], undefined, null, { level: 1 }]) {
    await assert.rejects(env.step(action as number), { name: "InvalidArgumentError", field: "action", code: "" });
  }
});

test("a seed that would be rounded is refused", async () => {
  const env = await makeAbr();
  for (const seed of [-1, 0.5, 2 ** 60, 2n ** 64n]) {
    await assert.rejects(env.reset({ seed }), { name: "InvalidArgumentError", field: "seed" });
  }
});

test("calls out of order are refused", async () => {
  const env = await makeAbr();
  await assert.rejects(env.step(0), (error: unknown) => error instanceof OrderError && /reset\(\)/.test(error.remedy));
  await play(env, 1);
  await assert.rejects(env.step(0), OrderError);
  const running = env.reset();
  await assert.rejects(env.step(0), /await it first/);
  await running;
  await env.close();
  await env.close();
  await assert.rejects(env.reset(), /is closed/);
});

test("in the mode SameStep the last observation comes with the first of the next episode", async () => {
  const ends = await play(await makeAbr(), 1);
  const env = await client.make<Float32Array, number, AbrInfo>("trailblazer/ABR-v0", {
    scenario: "abr/default-test",
    autoresetMode: "SameStep",
  });
  const steps = await play(env, 1);
  const { final, observation } = steps.at(-1)!;
  assert.deepEqual(final?.observation, ends.at(-1)!.observation);
  assert.deepEqual(final?.info, ends.at(-1)!.info);
  assert.notDeepEqual(observation, final?.observation);
  assert.equal((await env.step(0)).terminated, false);
});

test("named observations come as an object with names and units declared", async () => {
  const env = await client.make("trailblazer/ABR-v0", { config: { observation: { layout: "dict" } } });
  const { observationSpace, config } = env.spec;
  assert.equal(observationSpace.kind, "dict");
  const buffer = observationSpace.entries.find((entry) => entry.key === "buffer_s")!.space;
  assert.ok(buffer.kind === "box");
  assert.equal(buffer.features[0]?.unit, "s");
  assert.equal((config["observation"] as { layout: string }).layout, "dict");
  const { observation } = await env.reset({ seed: 1 });
  const shown = observation as { buffer_s: number; bitrates_kbps: Float32Array };
  assert.equal(typeof shown.buffer_s, "number");
  assert.deepEqual([...shown.bitrates_kbps], [300, 750, 1200, 1850, 2850, 4300]);
});

test("unknown environments, scenarios and settings are refused", async () => {
  const unknown: unknown = await client.make("trailblazer/XYZ-v0").catch((error: unknown) => error);
  assert.ok(unknown instanceof NotFoundError);
  assert.ok(unknown.known.includes("trailblazer/ABR-v0"));
  await assert.rejects(client.make("trailblazer/ABR-v0", { scenario: "abr/none" }), NotFoundError);
  await assert.rejects(client.make("trailblazer/ABR-v0", { config: { colour: "red" } }), InvalidArgumentError);
  await assert.rejects(client.make("trailblazer/ABR-v0", { autoresetMode: "Sometimes" as "Disabled" }), {
    field: "autoresetMode",
  });
});
