import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Path of the server: TRAILBLAZER_BINARY, or bin/trailblazer of the repository. */
export const binary =
  process.env["TRAILBLAZER_BINARY"] ?? fileURLToPath(new URL("../../../../bin/trailblazer", import.meta.url));

// Run by `npm test` before the tests, which share what it builds.
if (process.argv[1] === fileURLToPath(import.meta.url) && !existsSync(binary)) {
  execFileSync("go", ["build", "-o", binary, "./cmd/trailblazer"], {
    cwd: fileURLToPath(new URL("../../../..", import.meta.url)),
    env: { ...process.env, CGO_ENABLED: "0" },
    stdio: "inherit",
  });
}
