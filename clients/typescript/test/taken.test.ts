import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Client, InvalidArgumentError } from "trailblazer-client";
import { binary } from "./support/binary.js";
import { type Server, startServer } from "./support/server.js";

let folder: string;
let server: Server;
let client: Client;

/** A decision transformer that knows nothing, but looks back on actions: large weights make them matter. */
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "taken-"));
  const [data, run] = [join(folder, "abr"), join(folder, "run")];
  const make = (...options: string[]) => execFileSync(binary, [...options, "--quiet"], { stdio: "ignore" });
  const episodes = ["--episodes", "12", "--config", '{"max_steps":12}'];
  make("collect", "--scenario", "abr/train", "--policies", "random", ...episodes, "--out", data);
  const shape = ["width=16", "layers=1", "heads=2", "init_std=1"].flatMap((size) => ["--set", `backbone.${size}`]);
  make("train", "--data", data, "--out", run, "--preset=decision-transformer", "--steps=1", "--no-play", ...shape);
  server = await startServer("--policy", `${run}:sample=1`, "--policy", "mpc");
  client = await Client.connect(server.url);
});

after(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("a policy is told what was done in its place", async () => {
  const env = await client.make<Float32Array, number>("trailblazer/ABR-v0", { scenario: "abr/train" });
  const { observation } = await env.reset({ seed: 1 });
  const shown: { observation: Float32Array; reward: number }[] = [{ observation, reward: 0 }];
  for (let step = 0; step < 39; step++) {
    const { observation, reward } = await env.step(step % 3);
    shown.push({ observation, reward });
  }
  /** Shows the same to a policy whatever it chooses, and tells it that something was done. */
  const choose = async (told: (own: number, step: number) => number | undefined) => {
    const asked = await client.policy<Float32Array, number>({ env });
    assert.equal(asked.needsTaken, true);
    asked.reset({ seed: 5 });
    const chosen: number[] = [];
    for (const [i, seen] of shown.entries()) {
      const taken = i > 0 ? told(chosen[i - 1]!, i - 1) : undefined;
      chosen.push(await asked.act(seen, taken === undefined ? {} : { taken }));
    }
    await asked.close();
    return chosen;
  };
  const untold = await choose(() => undefined);
  assert.deepEqual(await choose((own) => own), untold);
  const told = await choose((_, step) => step % 3);
  assert.notDeepEqual(told, untold);

  const asked = await client.policy<Float32Array, number>({ env });
  asked.reset({ seed: 5 });
  await asked.act(shown[0]!);
  for (const taken of [0.5, 6]) {
    await assert.rejects(asked.act(shown[1]!, { taken }), (error: unknown) => {
      assert.ok(error instanceof InvalidArgumentError);
      assert.match(error.field ?? "", /^taken/);
      return true;
    });
  }
  // Nothing has happened.
  assert.equal(await asked.act(shown[1]!, { taken: 0 }), told[1]);
  await asked.close();
  await env.close();
});

test("a rule does not look at what was done", async () => {
  const asked = await client.policy<Float32Array, number>({ policy: "mpc" });
  assert.equal(asked.needsTaken, false);
  await asked.close();
});
