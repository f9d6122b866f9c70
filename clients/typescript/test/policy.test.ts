import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import {
  type CjsInfo,
  type CjsObservation,
  Client,
  InvalidArgumentError,
  NotFoundError,
  OrderError,
} from "trailblazer-client";
import { binary } from "./support/binary.js";
import { type Server, startServer } from "./support/server.js";

let server: Server;
let client: Client;

before(async () => {
  server = await startServer("--policy", "bba", "--policy", "random", "--policy", "fair");
  client = await Client.connect(server.url);
});

after(() => server.stop());

/** What the program says that a policy reaches in the first two episodes. */
function rollout(scenario: string, policy: string, metric: string): number {
  const options = ["--scenario", scenario, "--policies", policy, "--episodes", "2"];
  return JSON.parse(execFileSync(binary, ["rollout", "--json", ...options]).toString()).results[0].metrics[metric].mean;
}

test("policies act as in the program's rollouts, seeds included", async () => {
  for (const policy of ["bba", "random"]) {
    const env = await client.make<Float32Array, number>("trailblazer/ABR-v0", { scenario: "abr/ood1" });
    const asked = await client.policy<Float32Array, number>({ policy, env });
    assert.equal(asked.info.name, policy);
    assert.equal(asked.needsInfo, true);
    const rewards: number[] = [];
    for (const seed of [0, 1]) {
      let seen = await env.reset({ seed });
      asked.reset({ seed });
      for (let ended = false; !ended; ) {
        const step = await env.step(await asked.act(seen));
        rewards.push(step.reward);
        ended = step.terminated || step.truncated;
        seen = { ...step, seed: undefined };
      }
    }
    const mean = rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
    assert.ok(Math.abs(mean - rollout("abr/ood1", policy, "qoe")) < 1e-9);
    await asked.close();
    await env.close();
  }
});

test("graphs and lists are shown to a policy as they came", async () => {
  const env = await client.make<CjsObservation, { stage: number; executors: number }, CjsInfo>("trailblazer/CJS-v0", {
    scenario: "cjs/custom",
  });
  const asked = await client.policy<CjsObservation, { stage: number; executors: number }, CjsInfo>({
    policy: "fair",
    env,
  });
  const times: number[] = [];
  for (const seed of [0, 1]) {
    let seen = await env.reset({ seed });
    asked.reset({ seed });
    for (let ended = false; !ended; ) {
      const step = await env.step(await asked.act(seen));
      ended = step.terminated || step.truncated;
      seen = { ...step, seed: undefined };
    }
    times.push(seen.info.average_jct_s);
  }
  assert.ok(Math.abs((times[0]! + times[1]!) / 2 - rollout("cjs/custom", "fair", "average_jct_s")) < 1e-6);
  await asked.close();
  await env.close();
});

test("what is wrong is said", async () => {
  assert.deepEqual(
    (await client.listPolicies()).map(({ name }) => name),
    ["bba", "random", "fair"],
  );
  await assert.rejects(client.policy({ policy: "nobody" }), NotFoundError);
  await assert.rejects(client.policy({ policy: "bba", envId: "trailblazer/CC-v0" }), InvalidArgumentError);
  const asked = await client.policy<Float32Array, number>();
  assert.equal(asked.info.name, "bba");
  assert.equal(asked.spec.id, "trailblazer/ABR-v0");
  await assert.rejects(asked.act({ observation: new Float32Array(36) }), /infos/);
  const env = await client.make<Float32Array, number>("trailblazer/ABR-v0");
  const { info } = await env.reset({ seed: 1 });
  await assert.rejects(asked.act({ observation: new Float32Array(35), info }), /observation/);
  const seen = await env.reset({ seed: 1 });
  const level = await asked.act(seen);
  assert.equal(await asked.act({ ...seen, terminated: true }), level);
  const first = asked.act(seen);
  await assert.rejects(asked.act(seen), OrderError);
  await first;
  await asked.close();
  await assert.rejects(asked.act(seen), OrderError);
  await env.close();
});
