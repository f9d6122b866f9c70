import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  type CcAction,
  type CcInfo,
  type CcInfos,
  ccManifest,
  type CcObservation,
  type CcPacketLog,
  type CcPackets,
  type CcPacketsOfAll,
  Client,
  type Env,
  InvalidArgumentError,
  type MakeOptions,
  packetLog,
  rawFeature,
  rawFeatures,
  type Shown,
  type VectorEnv,
} from "trailblazer-client";
import { type Server, startServer } from "./support/server.js";

const id = "trailblazer/CC-v0";
const n = 4;
const short: MakeOptions = { scenario: "cc/test", config: { max_steps: 20 } };
const packets: MakeOptions = { ...short, config: { ...short.config, packets: true } };

let server: Server;
let client: Client;

before(async () => {
  server = await startServer();
  client = await Client.connect(server.url);
});

after(() => server.stop());

function makeCc<Info = CcInfo>(options: MakeOptions = short): Promise<Env<CcObservation, CcAction, Info>> {
  return client.make(id, options);
}

function makeVector<Infos = CcInfos>(options: MakeOptions = short): Promise<VectorEnv<CcObservation, CcAction, Infos>> {
  return client.makeVector(id, { ...options, numEnvs: n });
}

/** Asserts that two numbers are the same but for the rounding of observations. */
function near(got: number, want: number, what: string): void {
  assert.ok(Math.abs(got - want) <= 1e-4 + 3e-6 * Math.abs(want), `${what}: ${got}, want ${want}`);
}

test("a session plays to its end, and infos say how well", async () => {
  const env = await makeCc({ scenario: "cc/test" });
  const manifest = ccManifest(env.spec);
  let { observation, info } = await env.reset({ seed: 1 });
  let steps = 0;
  for (let ended = false; !ended; ) {
    const before = info;
    const action = steps % 20 < 10 ? 0.8 * before.bottleneck_kbps : before.request_kbps;
    const step = await env.step([action]);
    ({ observation, info } = step);
    steps++;
    assert.ok(observation instanceof Float32Array && observation.length === 52);
    assert.ok(info.observation_present instanceof Int8Array && info.observation_present.length === 52);
    assert.equal(step.terminated, false);
    assert.equal(info.time_ms, 100 * steps);
    const { reward_throughput, reward_delay, reward_loss, reward_stall } = info;
    near(reward_throughput + reward_delay + reward_loss + reward_stall, step.reward, "reward");
    assert.equal(info.label_kbps, before.bottleneck_kbps);
    assert.equal(info.label_request_kbps, before.request_kbps);
    const truth = Math.min(info.label_kbps, info.label_request_kbps);
    const error = Math.abs(Math.min(action, info.label_request_kbps) - truth) / truth;
    near(info.ape, info.ape_counts ? error : 0, "ape");
    for (const [name, want] of [
      ["request_rate", info.request_kbps],
      ["target_prev", info.target_kbps],
      ["last_action_age", info.target_age_ms],
      ["pacer_queue_ms", info.pacer_delay_ms],
    ] as const) {
      near(rawFeature(manifest, observation, name), want, name);
    }
    ended = step.truncated;
  }
  assert.ok(steps >= 300 && steps <= 400);
  await env.close();
});

test("the manifest names what observations hold", async () => {
  const spec = await client.describe(id, { config: { step_ms: 50, flows: 3, probes: true } });
  const { stepMs, flows, probes, features } = ccManifest(spec);
  assert.deepEqual([stepMs, flows, probes, features.length], [50, 3, true, 52]);
  assert.ok(spec.observationSpace.kind === "box" && spec.actionSpace.kind === "box");
  assert.deepEqual(spec.observationSpace.shape, [3, 52]);
  assert.deepEqual(spec.actionSpace.shape, [3, 2]);
  assert.deepEqual(
    features.map(({ name, unit, log }) => [name, log ? `log1p(${unit})` : unit]),
    spec.observationSpace.features.slice(0, 52).map(({ name, unit }) => [name, unit]),
  );
  assert.deepEqual(features[0], { name: "loss_S", category: "Loss_Info", unit: "1", windowMs: 100, log: false });
  const other = await client.describe("trailblazer/ABR-v0");
  assert.throws(() => ccManifest(other), { name: "InvalidArgumentError", value: other.id });
});

test("raw features are in their units, row by row", async () => {
  const manifest = ccManifest(await client.describe(id));
  const at = (name: string): number => manifest.features.findIndex((feature) => feature.name === name);
  const observation = new Float32Array(2 * 52);
  observation[at("loss_S")] = 0.25;
  observation[at("rtt_last")] = Math.log1p(80);
  observation[52 + at("owd_mean_S")] = -Math.log1p(7.5);
  const raw = rawFeatures(manifest, observation);
  assert.equal(raw.length, 104);
  near(raw[at("loss_S")]!, 0.25, "loss");
  near(raw[at("rtt_last")]!, 80, "rtt");
  near(raw[52 + at("owd_mean_S")]!, -7.5, "delay");
  assert.equal(raw.filter((value) => value !== 0).length, 3);
  assert.equal(rawFeature(manifest, observation, "rtt_last"), raw[at("rtt_last")]);
  assert.equal(rawFeature(manifest, observation, "owd_mean_S", 1), raw[52 + at("owd_mean_S")]);
  assert.throws(() => rawFeature(manifest, observation, "rtt"), { field: "name", value: '"rtt"' });
  assert.throws(() => rawFeature(manifest, observation, "rtt_last", 2), { field: "row", remedy: "give 0 to 1" });
});

test("environment i of a vector plays what a single one does with seed s + i", async () => {
  const vector = await makeVector<CcInfos & CcPacketsOfAll>({ ...packets, autoresetMode: "SameStep" });
  const envs = await Promise.all(Array.from({ length: n }, () => makeCc<CcInfo & CcPackets>(packets)));
  await vector.reset({ seed: 7 });
  await Promise.all(envs.map((env, i) => env.reset({ seed: 7 + i })));
  let ends = 0;
  for (let t = 0; ends < n; t++) {
    const actions = Array.from({ length: n }, (_, i) => 300 * (1 + ((t + i) % 5)));
    const { observation, info, reward, truncated, final } = await vector.step(actions);
    for (const [i, env] of envs.entries()) {
      const one = await env.step([actions[i]!]);
      assert.equal(reward[i], one.reward);
      assert.equal(truncated[i], Number(one.truncated));
      let shown: Shown<CcObservation, CcInfo & CcPackets> = one;
      if (one.truncated) {
        ends++;
        const row = final!.environments.indexOf(i);
        assert.deepEqual(final!.observation.subarray(52 * row, 52 * row + 52), one.observation);
        assert.deepEqual(final!.info.results[row], one.info.results);
        shown = await env.reset();
      }
      assert.deepEqual(observation.subarray(52 * i, 52 * i + 52), shown.observation);
      assert.equal(info.bottleneck_kbps[i], shown.info.bottleneck_kbps);
      const here = { packets_sent: info.packets_sent[i]!, reports: info.reports[i]!, results: info.results[i]! };
      assert.deepEqual(packetLog(here), packetLog(shown.info));
    }
  }
  await Promise.all([vector.close(), ...envs.map((env) => env.close())]);
});

test("packets have the server's columns", async () => {
  const { infoSpace } = await client.describe(id, packets);
  const columns = (key: string): string[] => {
    const space = infoSpace.entries.find((entry) => entry.key === key)!.space;
    assert.ok(space.kind === "sequence" && space.element.kind === "box");
    return space.element.features.map((feature) => feature.name);
  };
  const packet = ["sent_ms", "size_bytes", "kind", "frame", "cluster", "app_limited"];
  assert.deepEqual(columns("packets_sent"), ["flow", "sequence", ...packet]);
  assert.deepEqual(columns("results"), ["sequence", "received", "arrival_ms", ...packet]);
  assert.deepEqual(columns("reports"), [
    "flow",
    "received_ms",
    "departure_ms",
    "jitter_buffer_ms",
    "stalled_ms",
    "sent_before",
    "results",
  ]);
});

test("reports tell of packets that were sent", async () => {
  const env = await makeCc<CcInfo<Float64Array> & CcPackets>({ ...packets, config: { ...packets.config, flows: 2 } });
  const first: CcPacketLog = packetLog((await env.reset({ seed: 4 })).info);
  assert.deepEqual(first, { sent: [], reports: [] });
  const sent = new Map<string, object>();
  const kinds = new Set<string>();
  let [results, received] = [0, 0];
  for (let ended = false; !ended; ) {
    const { info, truncated } = await env.step([900, 900]);
    const log = packetLog(info);
    let bytes = 0;
    for (const { flow, ...packet } of log.sent) {
      sent.set(`${flow} ${packet.sequence}`, packet);
      kinds.add(packet.kind);
      bytes += packet.sizeBytes;
    }
    near((8 * bytes) / 100, info.send_kbps[0]! + info.send_kbps[1]!, "send rate");
    for (const report of log.reports) {
      for (const { arrivalMs, ...packet } of report.results) {
        assert.deepEqual(packet, sent.get(`${report.flow} ${packet.sequence}`));
        results++;
        received += Number(arrivalMs !== undefined);
      }
    }
    ended = truncated;
  }
  assert.ok(results > 50 && received > 0 && received <= results);
  assert.ok(kinds.has("video") && kinds.has("audio"));
  await env.close();
});

test("impossible actions are refused and change nothing", async () => {
  const env = await makeCc();
  await env.reset({ seed: 1 });
  const before = await env.snapshot();
  const refused: [CcAction, RegExp][] = [
    [[NaN], /0 to 100000/],
    [[-1], /0 to 100000/],
    [[Infinity], /0 to 100000/],
    [[1e6], /0 to 100000/],
    [[1, 2], /shape \(1\)/],
    [[], /shape \(1\)/],
  ];
  for (const [action, remedy] of refused) {
    await assert.rejects(env.step(action), (error: unknown) => {
      return error instanceof InvalidArgumentError && /^action/.test(error.field) && remedy.test(error.remedy);
    });
  }
  assert.equal((await env.snapshot()).hash, before.hash);
  await assert.rejects(makeCc({ config: { step_ms: 1 } }), { name: "InvalidArgumentError", field: "config.step_ms" });
  await env.close();
});

test("a snapshot of a session brings back what it showed, and its future", async () => {
  const env = await makeCc(packets);
  await env.reset({ seed: 3 });
  for (let i = 0; i < 5; i++) {
    await env.step([400]);
  }
  const shown = await env.step(Float64Array.of(1200));
  const { state } = await env.snapshot();
  const fork = await env.fork();
  const next = await env.step([800]);
  assert.deepEqual(await fork.step([800]), next);
  const { observation, info } = await env.restore(state);
  assert.deepEqual(observation, shown.observation);
  assert.deepEqual(info, shown.info);
  assert.deepEqual(await env.step([800]), next);
  await Promise.all([env.close(), fork.close()]);
});
