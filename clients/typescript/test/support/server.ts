import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { binary } from "./binary.js";
import { atTheLatest } from "./left.js";

/** A server of the tests' own. */
export interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a server on a free port, or where the arguments say. It is stopped with the file's last test at the latest. */
export async function startServer(...args: string[]): Promise<Server> {
  const place = args.includes("--unix") ? [] : ["--addr", "127.0.0.1:0"];
  const child = spawn(binary, ["serve", "--log-json", "--exit-with-stdin", ...place, ...args], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stderr });
  const log: string[] = [];
  for await (const line of lines) {
    log.push(line);
    const url = urlIn(line);
    if (url) {
      child.stderr.resume();
      const stop = atTheLatest(async () => {
        child.stdin.end();
        await exited;
      });
      return { url, stop };
    }
  }
  throw new Error(`the server did not start:\n${log.join("\n")}`);
}

function urlIn(line: string): string | undefined {
  try {
    return (JSON.parse(line) as { url?: string }).url;
  } catch {
    return undefined;
  }
}
