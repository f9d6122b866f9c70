import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, DeadlineError, type Env, OrderError, UnavailableError } from "trailblazer-client";
import { type Fault, type Proxy, startProxy } from "./support/proxy.js";
import { type Server, startServer } from "./support/server.js";

// Enough for a busy machine; three tests wait it out.
const patienceMs = 1_500;
const id = "trailblazer/ABR-v0";
let server: Server;
let proxy: Proxy;
let direct: Client;

before(async () => {
  server = await startServer();
  proxy = await startProxy(server.url);
  direct = await Client.connect(server.url);
});

after(async () => {
  proxy.stop();
  await server.stop();
});

async function play(env: Env, faults: Fault[] = []) {
  const shown = [await env.reset({ seed: 8 })];
  for (let i = 0; i < 12; i++) {
    if (i % 3 === 0) {
      proxy.faults.push(...faults);
    }
    shown.push({ ...(await env.step(i % 6)), seed: undefined });
  }
  assert.equal(proxy.faults.length, 0);
  return shown;
}

async function indexOf(env: Env): Promise<number | undefined> {
  return (await direct.listSessions()).find((session) => session.sessionId === env.sessionId)?.nextIndex;
}

for (const faults of [["lose"], ["cut"], ["lose", "cut", "lose"]] as Fault[][]) {
  test(`a step whose reply meets ${faults.join(", ")} happens exactly once`, async () => {
    const wanted = await play(await direct.make(id));
    const env = await (await Client.connect(proxy.url)).make(id);
    const before = proxy.connections;
    assert.deepEqual(await play(env, faults), wanted);
    assert.ok(proxy.connections - before >= 4 * faults.length);
    assert.equal(await indexOf(env), 13);
  });
}

test("a session whose reply is lost is made once", async () => {
  const client = await Client.connect(proxy.url);
  const before = (await direct.listSessions()).length;
  proxy.faults.push("lose");
  const env = await client.make(id);
  assert.equal((await direct.listSessions()).length, before + 1);
  proxy.faults.push("lose");
  await env.close();
  assert.equal((await direct.listSessions()).length, before);
});

test("a server that does not answer is given up at the deadline, and the step is found later", async () => {
  const wanted = await play(await direct.make(id));
  const env = await (await Client.connect(proxy.url, { timeoutMs: patienceMs })).make(id);
  await env.reset({ seed: 8 });
  proxy.faults.push("stall");
  const begin = performance.now();
  await assert.rejects(env.step(0), DeadlineError);
  assert.ok(performance.now() - begin < 2 * patienceMs);
  await assert.rejects(env.step(1), (error: unknown) => {
    return error instanceof OrderError && /same action/.test(error.remedy);
  });
  assert.deepEqual({ ...(await env.step(0)), seed: undefined }, wanted[1]);
  assert.equal(await indexOf(env), 2);
});

test("a reset settles what a lost step left open", async () => {
  const env = await (await Client.connect(proxy.url, { timeoutMs: patienceMs })).make(id);
  const first = await env.reset({ seed: 8 });
  proxy.faults.push("stall");
  await assert.rejects(env.step(0), DeadlineError);
  assert.deepEqual(await env.reset({ seed: 8 }), first);
  assert.equal(await indexOf(env), 3);
});

test("a reset that got no answer is found by the same one", async () => {
  const env = await (await Client.connect(proxy.url, { timeoutMs: patienceMs })).make(id);
  proxy.faults.push("stall");
  await assert.rejects(env.reset(), DeadlineError);
  await assert.rejects(env.step(0), /reset again/);
  assert.equal(typeof (await env.reset()).seed, "bigint");
  assert.equal(await indexOf(env), 1);
});

test("retries end where nobody answers", async () => {
  const env = await (await Client.connect(proxy.url)).make(id);
  await env.reset({ seed: 8 });
  proxy.faults.push("lose", "lose", "lose", "lose");
  await assert.rejects(env.step(0), UnavailableError);
  assert.equal(proxy.faults.length, 0);
  await env.step(0);
  assert.equal(await indexOf(env), 2);
});
