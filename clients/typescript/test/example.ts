import { Client } from "trailblazer-client";

const client = await Client.connect("http://127.0.0.1:8930");
const env = await client.make<Float32Array, number, { buffer_ms: number }>("trailblazer/ABR-v0");
let { info } = await env.reset({ seed: 1 });
let qoe = 0;
for (let ended = false; !ended; ) {
  const step = await env.step(info.buffer_ms > 10_000 ? 3 : 1); // level of the next chunk
  info = step.info;
  qoe += step.reward;
  ended = step.terminated || step.truncated;
}
console.log(`quality of experience: ${qoe.toFixed(2)}`);
await env.close();
