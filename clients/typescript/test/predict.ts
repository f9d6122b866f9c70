import { type CcAction, type CcInfo, type CcObservation, ccManifest, Client, rawFeature } from "trailblazer-client";

const client = await Client.connect("http://127.0.0.1:8930");
const env = await client.make<CcObservation, CcAction, CcInfo>("trailblazer/CC-v0", { scenario: "cc/custom" });
const manifest = ccManifest(env.spec);
let { observation, info } = await env.reset({ seed: 1 });
let [sum, steps] = [0, 0];
for (let ended = false; !ended; ) {
  const received = rawFeature(manifest, observation, "recv_max_2s"); // kbps
  const step = await env.step([received > 0 ? 1.05 * received : info.target_kbps]);
  ({ observation, info } = step);
  sum += info.ape;
  steps += info.ape_counts;
  ended = step.terminated || step.truncated;
}
console.log(`mean error of the predicted bandwidth: ${((100 * sum) / steps).toFixed(1)} %`);
await env.close();
