import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  type CjsAction,
  type CjsActions,
  type CjsInfo,
  type CjsInfos,
  type CjsObservation,
  type CjsObservations,
  Client,
  drawAction,
  type Env,
  type Graph,
  InvalidArgumentError,
  legalActions,
  legalActionsOfAll,
  type MakeOptions,
  type Sequence,
  type VectorEnv,
} from "trailblazer-client";
import { type Server, startServer } from "./support/server.js";

const id = "trailblazer/CJS-v0";
const n = 5;
const executors = 4;
// Episodes of some fifty steps.
const small: MakeOptions = {
  scenario: "cjs/custom",
  config: { arrivals: { jobs: 3 }, cluster: { executors } },
};

let server: Server;
let client: Client;

before(async () => {
  server = await startServer();
  client = await Client.connect(server.url);
});

after(() => server.stop());

type CjsEnv = Env<CjsObservation, CjsAction, CjsInfo>;
type CjsVector = VectorEnv<CjsObservations, CjsActions, CjsInfos>;

function makeCjs(options: MakeOptions = {}): Promise<CjsEnv> {
  return client.make(id, { ...small, ...options });
}

function makeVector(options: MakeOptions = {}): Promise<CjsVector> {
  return client.makeVector(id, { ...small, ...options, numEnvs: n });
}

/** Returns the same numbers from 0 up to 1 every time. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Asserts that an observation is a cluster, and that its info says the same. */
function check(observation: CjsObservation, info: CjsInfo): void {
  const { dag, job_ptr, executor_supply, executor_limit, schedulable } = observation;
  assert.ok(dag.nodes instanceof Float32Array && dag.edgeLinks instanceof BigInt64Array);
  assert.equal(dag.nodes.length, 3 * dag.numNodes);
  assert.equal(dag.edgeLinks.length, 2 * dag.numEdges);
  assert.equal(dag.edges, undefined);
  assert.equal(dag.numNodes, info.active_stages);
  assert.ok(dag.edgeLinks.every((node) => node >= 0n && node < dag.numNodes));
  assert.equal(job_ptr.length, info.active_jobs + 1);
  assert.equal(job_ptr.elements[0], 0n);
  assert.equal(job_ptr.elements.at(-1), BigInt(dag.numNodes));
  assert.equal(executor_supply.length, info.active_jobs);
  assert.equal(executor_limit.length, info.active_jobs);
  assert.equal(schedulable.length, info.schedulable_stages);
  assert.ok(schedulable.elements.every((node) => dag.nodes[3 * Number(node) + 2] === 1));
  assert.ok(observation.source_job <= info.active_jobs);
  const legal = legalActions(info);
  assert.deepEqual(
    legal.stages.filter((stage) => stage >= 0),
    Array.from({ length: schedulable.length }, (_, stage) => stage),
  );
  assert.deepEqual(legal.executors, Array.from({ length: observation.committable }, (_, i) => i + 1));
}

test("a cluster is scheduled to the end of its episode", async () => {
  const env = await makeCjs();
  const random = randomNumbers(1);
  let { observation, info } = await env.reset({ seed: 1 });
  let total = 0;
  for (let terminated = false; !terminated; ) {
    check(observation, info);
    const step = await env.step(drawAction(legalActions(info), random));
    ({ observation, info, terminated } = step);
    assert.equal(step.truncated, false);
    assert.equal(step.reward, info.reward_running + info.reward_waiting);
    total += step.reward;
  }
  check(observation, info);
  assert.equal(info.completed_jobs, 3);
  assert.ok(Math.abs(total / -3000 / info.average_jct_s - 1) < 1e-9);
  assert.deepEqual(legalActions(info), { stages: [], executors: [] });
  assert.deepEqual(drawAction(legalActions(info)), { stage: -1, executors: 1 });
  await env.close();
});

test("nodes and actions have names and units", async () => {
  const { observationSpace, actionSpace } = await client.describe(id, small);
  assert.ok(observationSpace.kind === "dict" && actionSpace.kind === "dict");
  const dag = observationSpace.entries[0]!.space;
  assert.ok(dag.kind === "graph");
  assert.deepEqual(dag.node.features.map(({ name, unit }) => [name, unit]), [
    ["remaining_tasks", "task"],
    ["task_duration", "ms"],
    ["schedulable", "1"],
  ]);
  const [stage, number] = actionSpace.entries.map((entry) => entry.space);
  assert.ok(stage?.kind === "discrete" && stage.start === -1);
  assert.ok(number?.kind === "discrete" && number.start === 1 && number.n === executors);
});

test("environment i of a vector schedules what a single one does with seed s + i", async () => {
  const vector = await makeVector({ autoresetMode: "SameStep" });
  const envs = await Promise.all(Array.from({ length: n }, () => makeCjs()));
  let { observation, info } = await vector.reset({ seed: 7 });
  const alone: { observation: CjsObservation; info: CjsInfo }[] = await Promise.all(
    envs.map((env, i) => env.reset({ seed: 7 + i })),
  );
  const random = randomNumbers(2);
  let ends = 0;
  while (ends < n) {
    const legal = legalActionsOfAll(info);
    assert.deepEqual(legal, alone.map((one) => legalActions(one.info)));
    const actions = legal.map((one) => drawAction(one, random));
    const step = await vector.step({
      stage: actions.map((action) => action.stage),
      executors: actions.map((action) => action.executors),
    });
    ({ observation, info } = step);
    for (const [i, env] of envs.entries()) {
      const one = await env.step(actions[i]!);
      assert.equal(step.reward[i], one.reward);
      assert.equal(step.terminated[i], Number(one.terminated));
      alone[i] = one;
      if (one.terminated) {
        ends++;
        const row = step.final!.environments.indexOf(i);
        assert.deepEqual(rowOf(step.final!.observation, row), one.observation);
        assert.deepEqual(step.final!.info.stage_mask[row], one.info.stage_mask);
        alone[i] = await env.reset();
      }
      assert.deepEqual(rowOf(observation, i), alone[i].observation);
      assert.equal(info.average_jct_s[i], alone[i].info.average_jct_s);
    }
  }
  await Promise.all([vector.close(), ...envs.map((env) => env.close())]);
});

/** Returns row i of a batch as a single environment shows it. */
function rowOf(batch: CjsObservations, i: number): unknown {
  return Object.fromEntries(
    Object.entries(batch).map(([key, column]: [string, readonly (Graph | Sequence)[] | BigInt64Array]) => [
      key,
      column instanceof BigInt64Array ? Number(column[i]) : column[i],
    ]),
  );
}

test("illegal actions say what is legal, and change nothing", async () => {
  const env = await makeCjs();
  const { observation } = await env.reset({ seed: 1 });
  const last = observation.schedulable.length - 1;
  const before = await env.snapshot();
  const refused: [CjsAction, RegExp][] = [
    [{ stage: last + 1, executors: 1 }, new RegExp(`0 to ${last}`)],
    [{ stage: -2, executors: 1 }, /-1/],
    [{ stage: 0, executors: 0 }, /1/],
    [{ stage: 0, executors: executors + 1 }, new RegExp(`${executors}`)],
    [{ stage: 0 } as CjsAction, /executors/],
  ];
  for (const [action, remedy] of refused) {
    await assert.rejects(env.step(action), (error: unknown) => {
      return error instanceof InvalidArgumentError && /^action/.test(error.field) && remedy.test(error.remedy);
    });
  }
  assert.equal((await env.snapshot()).hash, before.hash);
  await env.close();
});

test("a snapshot of a cluster brings back what it showed, and its future", async () => {
  const env = await makeCjs();
  const first = await env.reset({ seed: 3 });
  const shown = await env.step({ stage: 0, executors: 1 });
  const { state } = await env.snapshot();
  const fork = await env.fork();
  const action = drawAction(legalActions(shown.info), randomNumbers(3));
  const next = await env.step(action);
  assert.deepEqual(await fork.step(action), next);
  const { observation, info } = await env.restore(state);
  assert.deepEqual(observation, shown.observation);
  assert.deepEqual(info, shown.info);
  assert.notDeepEqual(observation, first.observation);
  assert.deepEqual(await env.step(action), next);
  await Promise.all([env.close(), fork.close()]);
});

test("what ran where comes as rows of six numbers", async () => {
  const env = await client.make<CjsObservation, CjsAction, CjsInfo & { runs: Sequence; completions: Sequence }>(id, {
    ...small,
    config: { ...small.config, record: true },
  });
  let { info } = await env.reset({ seed: 1 });
  let [tasks, completed] = [0, 0];
  for (let terminated = false; !terminated; ) {
    ({ info, terminated } = await env.step({ stage: 0, executors: 1 }));
    const runs = info.runs.elements as Float64Array;
    assert.equal(runs.length, 6 * info.runs.length);
    for (let i = 0; i < info.runs.length; i++) {
      const [, , , count, start, end] = runs.subarray(6 * i, 6 * i + 6);
      assert.ok(count! >= 1 && start! < end!);
      tasks += count!;
    }
    completed += info.completions.length;
  }
  assert.equal(completed, 3);
  assert.ok(tasks > 3);
  await env.close();
});
