import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { atTheLatest } from "./left.js";

/** What happens to the next reply: lost whole, cut off in its middle, or never sent. Nothing follows on its connection. */
export type Fault = "lose" | "cut" | "stall";

/** A proxy between a client and a server that spoils replies on demand. */
export interface Proxy {
  readonly url: string;
  /** Faults of the replies to come; replies pass where there are none. */
  readonly faults: Fault[];
  /** Number of connections so far. */
  readonly connections: number;
  stop(): void;
}

/** Starts a proxy before a server. It is stopped with the file's last test at the latest. */
export async function startProxy(target: string): Promise<Proxy> {
  const { hostname, port } = new URL(target);
  const faults: Fault[] = [];
  const open = new Set<Socket>();
  let connections = 0;
  const proxy = createServer((client) => {
    connections++;
    const server = connect(Number(port), hostname);
    for (const [socket, other] of [[client, server], [server, client]] as const) {
      open.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        open.delete(socket);
        other.destroy();
      });
    }
    client.pipe(server);
    let spoiled = false;
    server.on("data", (reply) => {
      // A reply may arrive in pieces: those after the fault would make sense of nothing, or take the next fault.
      if (spoiled) {
        return;
      }
      const fault = faults.shift();
      spoiled = fault !== undefined;
      if (fault === "stall") {
        return;
      }
      if (fault !== "lose") {
        client.write(fault === "cut" ? reply.subarray(0, -10) : reply);
      }
      if (fault) {
        client.end(() => client.destroy());
      }
    });
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    faults,
    get connections() {
      return connections;
    },
    stop: atTheLatest(() => {
      proxy.close();
      open.forEach((socket) => socket.destroy());
    }),
  };
}
