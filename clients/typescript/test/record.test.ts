import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Client, InvalidArgumentError } from "trailblazer-client";
import { binary } from "./support/binary.js";
import { startServer } from "./support/server.js";

const id = "trailblazer/ABR-v0";

test("a session is recorded, and can be played again bit for bit", async () => {
  const folder = mkdtempSync(join(tmpdir(), "trailblazer-"));
  try {
    const server = await startServer("--datasets", folder);
    const client = await Client.connect(server.url);
    const config = { max_steps: 4 };
    const env = await client.make(id, { config, record: { dataset: "mine", policy: "me" } });
    await env.reset({ seed: 3 });
    for (let ended = false; !ended; ) {
      const step = await env.step(2);
      ended = step.terminated || step.truncated;
    }
    await env.close();
    const vector = await client.makeVector(id, {
      numEnvs: 2,
      autoresetMode: "SameStep",
      config,
      record: { dataset: "mine", split: "test" },
    });
    await vector.reset({ seed: 3 });
    for (let i = 0; i < 6; i++) {
      await vector.step([0, 5]);
    }
    await server.stop();

    const verified = JSON.parse(execFileSync(binary, ["verify", join(folder, "mine"), "--json"]).toString());
    // One of the first session; of the second two that ended and two that the server cut off.
    assert.deepEqual(verified.exact, { episodes: 5, steps: 4 + 2 * 6 });
    assert.deepEqual(verified.selected, verified.exact);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a server that keeps no data sets refuses to record", async () => {
  const server = await startServer();
  const client = await Client.connect(server.url);
  await assert.rejects(client.make(id, { record: { dataset: "mine" } }), (error: unknown) => {
    return error instanceof InvalidArgumentError && error.field === "record.dataset" && /--datasets/.test(error.remedy);
  });
  await server.stop();
});
