import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  Client,
  type Env,
  ResourceExhaustedError,
  SessionLostError,
  UnauthenticatedError,
  UnavailableError,
} from "trailblazer-client";
import { type Server, startServer } from "./support/server.js";

const folder = mkdtempSync(join(tmpdir(), "trailblazer-"));
const id = "trailblazer/ABR-v0";
let server: Server;
let client: Client;

before(async () => {
  const tokens = join(folder, "tokens");
  writeFileSync(tokens, "ada:secret-a\nbob:secret-b\n");
  server = await startServer("--token-file", tokens, "--max-owner-sessions", "2");
  client = await Client.connect(server.url, { token: "secret-a" });
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

test("the catalog lists environments with their scenarios", async () => {
  const abr = (await client.list()).find((environment) => environment.id === id)!;
  assert.ok(abr.scenarios.some((scenario) => scenario.name === abr.defaultScenario));
  assert.ok(abr.scenarios.some((scenario) => scenario.name === "abr/default-test" && scenario.episodes > 0));
  assert.ok("max_steps" in abr.defaultConfig);
  assert.ok(abr.policies.includes("bba"));
});

test("a description declares what make would, and makes nothing", async () => {
  const spec = await client.describe(id, { scenario: "abr/default-test", config: { max_steps: 7 } });
  assert.deepEqual(await client.listSessions(), []);
  assert.equal(spec.scenario, "abr/default-test");
  assert.equal(spec.maxEpisodeSteps, 7);
  assert.ok(spec.episodes > 0);
  assert.match(spec.contentHash, /^[0-9a-f]{64}$/);
  const { observationSpace, actionSpace, infoSpace } = spec;
  assert.ok(observationSpace.kind === "box");
  assert.equal(observationSpace.dtype, "float32");
  assert.deepEqual(observationSpace.shape, [6, 6]);
  assert.ok(observationSpace.features.every((feature) => feature.name && feature.unit));
  assert.ok(actionSpace.kind === "discrete");
  assert.equal(actionSpace.n, 6);
  assert.equal(actionSpace.choices[0]?.name, "300 kbps");
  assert.equal(infoSpace.entries[0]?.key, "reward_quality");
  const env = await client.make(id, { scenario: "abr/default-test", config: { max_steps: 7 } });
  assert.deepEqual(env.spec, spec);
  await env.close();
});

test("sessions are listed to their owner, until they are closed", async () => {
  {
    await using env = await client.make(id, { label: "mine", leaseMs: 60_000 });
    await env.reset();
    await assertListed(env);
  }
  assert.deepEqual(await client.listSessions(), []);
});

async function assertListed(env: Env): Promise<void> {
  const sessions = await client.listSessions();
  assert.equal(sessions.length, 1);
  const [session] = sessions;
  assert.equal(session?.sessionId, env.sessionId);
  assert.equal(session?.label, "mine");
  assert.equal(session?.nextIndex, 1);
  assert.equal(session?.autoresetMode, "Disabled");
  assert.equal(session?.leaseMs, 60_000);
  assert.ok(session!.expiresAt > session!.createdAt);
  const bob = await Client.connect(server.url, { token: "secret-b" });
  assert.deepEqual(await bob.listSessions(), []);
  assert.equal((await env.renewLease(90_000)).leaseMs, 90_000);
}

test("a used-up quota comes with a time to retry", async () => {
  const envs = [await client.make(id), await client.make(id)];
  await assert.rejects(client.make(id), (error: unknown) => {
    return error instanceof ResourceExhaustedError && error.retryAfterMs !== undefined && error.retryAfterMs > 0;
  });
  await Promise.all(envs.map((env) => env.close()));
  await (await client.make(id)).close();
});

test("a lease that ran out is told as such", async () => {
  const env = await client.make(id, { leaseMs: 1 });
  await new Promise((resume) => setTimeout(resume, 50));
  await assert.rejects(env.reset(), (error: unknown) => {
    return error instanceof SessionLostError && /leaseMs/.test(error.remedy);
  });
  await env.close();
});

test("a wrong token is refused at once", async () => {
  for (const options of [{ token: "wrong" }, {}]) {
    await assert.rejects(Client.connect(server.url, options), UnauthenticatedError);
  }
});

test("an address where nothing answers is told", async () => {
  const gone = await startServer();
  await gone.stop();
  await assert.rejects(Client.connect(gone.url), (error: unknown) => {
    assert.ok(error instanceof UnavailableError);
    return /ECONNREFUSED/.test(error.message) && /trailblazer serve/.test(error.remedy);
  });
  await assert.rejects(Client.connect(`${server.url}/elsewhere`), /HTTP 404.*address/);
});

test("settings that make no sense are refused before anything is sent", async () => {
  await assert.rejects(Client.connect(server.url, { timeoutMs: 0 }), { field: "timeoutMs" });
  await assert.rejects(Client.connect("unix:///run/trailblazer.sock"), { field: "url" });
  await assert.rejects(client.make(id, { leaseMs: -1 }), { field: "leaseMs" });
});
