import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Client, UnavailableError } from "trailblazer-client";
import { nodeFetch } from "trailblazer-client/node";
import { startProxy } from "./support/proxy.js";
import { startServer } from "./support/server.js";

const id = "trailblazer/ABR-v0";

test("a server is reached through a unix socket", async () => {
  const folder = mkdtempSync(join(tmpdir(), "trailblazer-"));
  const socketPath = join(folder, "socket");
  const server = await startServer("--unix", socketPath);
  const fetch = nodeFetch({ socketPath });
  const client = await Client.connect("http://localhost", { fetch });
  const env = await client.make(id);
  await env.reset({ seed: 1 });
  assert.equal((await env.step(0)).terminated, false);
  await assert.rejects(env.step(6), { name: "InvalidArgumentError", value: "6" });
  await env.close();
  await server.stop();
  await assert.rejects(Client.connect("http://localhost", { fetch }), UnavailableError);
  rmSync(folder, { recursive: true });
});

test("nodeFetch keeps one connection, and steps are retried on another", async () => {
  const server = await startServer();
  const proxy = await startProxy(server.url);
  const client = await Client.connect(proxy.url, { fetch: nodeFetch() });
  const env = await client.make(id);
  await env.reset({ seed: 1 });
  for (let i = 0; i < 10; i++) {
    await env.step(0);
  }
  assert.equal(proxy.connections, 1);
  for (const fault of ["lose", "cut"] as const) {
    proxy.faults.push(fault);
    await env.step(0);
  }
  assert.equal(proxy.connections, 3);
  assert.equal((await client.listSessions())[0]?.nextIndex, 13);
  proxy.stop();
  // Through another proxy, where no late piece of an answer can take the fault.
  const stalling = await startProxy(server.url);
  stalling.faults.push("stall");
  const impatient = Client.connect(stalling.url, { fetch: nodeFetch(), timeoutMs: 200 });
  await assert.rejects(impatient, { name: "DeadlineError" });
  stalling.stop();
  await server.stop();
});
