import { after } from "node:test";

const left = new Set<() => unknown>();
after(() => Promise.all([...left].map((stop) => stop())));

/** Lets `stop` run after the file's last test at the latest: what a failed test leaves open would keep the whole run from ending. */
export function atTheLatest<T>(stop: () => T): () => T {
  const run = () => {
    left.delete(run);
    return stop();
  };
  left.add(run);
  return run;
}
