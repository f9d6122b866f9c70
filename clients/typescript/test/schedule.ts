import { type CjsAction, type CjsInfo, type CjsObservation, Client, legalActions } from "trailblazer-client";

const client = await Client.connect("http://127.0.0.1:8930");
const env = await client.make<CjsObservation, CjsAction, CjsInfo>("trailblazer/CJS-v0", { scenario: "cjs/custom" });
let { info } = await env.reset({ seed: 1 });
for (let ended = false; !ended; ) {
  const { stages, executors } = legalActions(info);
  const stage = stages.find((stage) => stage >= 0)!; // of the job that came first
  const step = await env.step({ stage, executors: Math.min(executors.length, 5) });
  info = step.info;
  ended = step.terminated || step.truncated;
}
console.log(`average job completion time: ${info.average_jct_s.toFixed(1)} s`);
await env.close();
