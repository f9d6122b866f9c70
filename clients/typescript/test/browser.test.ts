import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import {
  type CcAction,
  type CcInfo,
  ccManifest,
  type CcObservation,
  type CjsAction,
  type CjsInfo,
  type CjsObservation,
  Client,
  drawAction,
  legalActions,
  rawFeature,
} from "trailblazer-client";
import { servePages } from "./support/pages.js";
import { startServer } from "./support/server.js";

const chromium = findChromium();
const skip = chromium ? false : "no Chromium was found: install chromium, or set CHROMIUM to one";

test("a web page plays an episode", { skip, timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "trailblazer-"));
  writeFileSync(join(folder, "tokens"), "ada:secret\n");
  const pages = await servePages();
  const server = await startServer("--token-file", join(folder, "tokens"), "--cors-origin", pages.origin);
  const browser = openPage(`${pages.origin}/?server=${encodeURIComponent(server.url)}`, join(folder, "profile"));
  try {
    const crashed = once(browser, "exit").then(() => ({ error: "the browser ended without a result" }));
    const played = await Promise.race([pages.result, crashed]);
    const refused = { name: "InvalidArgumentError", value: "99" };
    assert.deepEqual(played, { ...(await playHere(server.url)), refused });
  } finally {
    if (browser.exitCode === null) {
      browser.kill();
      await once(browser, "exit");
    }
    pages.stop();
    await server.stop();
    try {
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    } catch {
      // Processes of the browser's may outlive it and still write to its profile.
    }
  }
});

/** Plays what the page plays. */
async function playHere(url: string): Promise<object> {
  const client = await Client.connect(url, { token: "secret" });
  const env = await client.make("trailblazer/ABR-v0", { scenario: "abr/default-test" });
  await env.reset({ seed: 1 });
  const rewards = [];
  for (let ended = false; !ended; ) {
    const step = await env.step(rewards.length % 6);
    rewards.push(step.reward);
    ended = step.terminated;
  }
  await env.close();
  return { rewards, jobs: await scheduleHere(client), rates: await predictHere(client) };
}

async function scheduleHere(client: Client): Promise<object> {
  const env = await client.make<CjsObservation, CjsAction, CjsInfo>("trailblazer/CJS-v0", {
    scenario: "cjs/custom",
    config: { arrivals: { jobs: 3 } },
  });
  let { observation, info } = await env.reset({ seed: 1 });
  const nodes = [];
  for (let terminated = false; !terminated; ) {
    nodes.push(observation.dag.numNodes);
    ({ observation, info, terminated } = await env.step(drawAction(legalActions(info), () => 0.5)));
  }
  await env.close();
  return { nodes, average: info.average_jct_s };
}

async function predictHere(client: Client): Promise<number[]> {
  const env = await client.make<CcObservation, CcAction, CcInfo>("trailblazer/CC-v0", { scenario: "cc/custom" });
  const manifest = ccManifest(env.spec);
  let { observation } = await env.reset({ seed: 1 });
  const rates = [];
  while (rates.length < 30) {
    ({ observation } = await env.step([1500]));
    rates.push(rawFeature(manifest, observation, "recv_rate_S"));
  }
  await env.close();
  assert.ok(Math.max(...rates) > 500);
  return rates;
}

function openPage(url: string, profile: string) {
  const flags = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    `--user-data-dir=${profile}`,
  ];
  return spawn(chromium!, [...flags, url], { stdio: "ignore" });
}

function findChromium(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const installed = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return [process.env["CHROMIUM"] ?? "", ...installed].find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
