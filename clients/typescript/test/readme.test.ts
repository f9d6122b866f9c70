import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startServer } from "./support/server.js";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

test("the example of the README is the one that is compiled, and prints what it says", async () => {
  const readme = read("../README.md");
  assert.equal(/```ts\n(.*?)```/s.exec(readme)?.[1], read("../test/example.ts"));
  const server = await startServer();
  const file = fileURLToPath(new URL("example.here.js", import.meta.url));
  writeFileSync(file, read("example.js").replace("http://127.0.0.1:8930", server.url));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [file]);
    assert.ok(readme.includes(`prints \`${stdout.trim()}\``), stdout);
  } finally {
    rmSync(file);
    await server.stop();
  }
});
