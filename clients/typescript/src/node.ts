/**
 * What only Node can do: a fetch on Node's own HTTP client, for unix sockets
 * and for a third to a half less latency than the global one has.
 *
 * @packageDocumentation
 */
import * as http from "node:http";
import * as https from "node:https";

/** Where requests are sent. */
export interface NodeFetchOptions {
  /** Path of a unix socket, in place of the address of each request. */
  socketPath?: string;
}

/**
 * Returns a fetch for `Client.connect`, over kept-alive connections of its own:
 *
 * - `Client.connect("http://127.0.0.1:8930", { fetch: nodeFetch() })`
 * - `Client.connect("http://localhost", { fetch: nodeFetch({ socketPath: "/run/trailblazer.sock" }) })`
 */
export function nodeFetch({ socketPath }: NodeFetchOptions = {}): typeof globalThis.fetch {
  const plain = { request: http.request, agent: new http.Agent({ keepAlive: true }) };
  const secure = { request: https.request, agent: new https.Agent({ keepAlive: true }) };
  return (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const { request, agent } = url.protocol === "https:" ? secure : plain;
    const { method = "GET", headers, body, signal } = init;
    return new Promise((resolve, reject) => {
      // As fetch does, report what goes wrong with a connection as a TypeError.
      const fail = (cause: Error) =>
        reject(signal?.aborted ? signal.reason : new TypeError("fetch failed", { cause }));
      const sent = request(
        url,
        {
          agent,
          method,
          headers: Object.fromEntries(new Headers(headers)),
          ...(socketPath && { socketPath }),
          ...(signal && { signal }),
        },
        (reply) => {
          const chunks: Uint8Array[] = [];
          reply.on("data", (chunk: Uint8Array) => chunks.push(chunk));
          reply.on("error", fail);
          reply.on("end", () =>
            resolve(
              new Response(Buffer.concat(chunks), {
                status: reply.statusCode ?? 500,
                headers: reply.headers as Record<string, string>,
              }),
            ),
          );
        },
      );
      sent.on("error", fail);
      sent.end(body);
    });
  };
}
