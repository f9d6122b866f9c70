import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startServer } from "./support/server.js";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

const readme = read("../README.md");
const server = await startServer();
after(() => server.stop());

for (const name of ["example", "schedule", "predict"]) {
  test(`the README's ${name} is the one that is compiled, and prints what it says`, async () => {
    assert.ok(readme.includes("```ts\n" + read(`../test/${name}.ts`) + "```"));
    const file = fileURLToPath(new URL(`${name}.here.js`, import.meta.url));
    writeFileSync(file, read(`${name}.js`).replace("http://127.0.0.1:8930", server.url));
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [file]);
      assert.ok(readme.includes(`prints \`${stdout.trim()}\``), stdout);
    } finally {
      rmSync(file);
    }
  });
}
