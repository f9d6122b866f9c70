import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const packages: Readonly<Record<string, string>> = {
  "trailblazer-client": root,
  "@bufbuild/protobuf": join(root, "node_modules/@bufbuild/protobuf"),
  "@connectrpc/connect": join(root, "node_modules/@connectrpc/connect"),
  "@connectrpc/connect-web": join(root, "node_modules/@connectrpc/connect-web"),
};

/** A web server with one page. */
export interface Pages {
  readonly origin: string;
  /** What the page posts to /result. */
  readonly result: Promise<unknown>;
  stop(): void;
}

/** Serves test/page.html, and the packages' modules as they are: no bundler is needed. */
export async function servePages(): Promise<Pages> {
  let post: (result: unknown) => void;
  const result = new Promise<unknown>((resolve) => (post = resolve));
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, "http://localhost");
    if (pathname === "/result") {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        response.end();
        post(JSON.parse(Buffer.concat(chunks).toString()));
      });
    } else if (pathname === "/") {
      const page = readFileSync(join(root, "test/page.html"), "utf8");
      response.setHeader("Content-Type", "text/html").end(page.replace("IMPORTS", JSON.stringify(importMap())));
    } else {
      sendModule(pathname, response);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    result,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function sendModule(pathname: string, response: ServerResponse): void {
  const name = Object.keys(packages).find((name) => pathname.startsWith(`/${name}/`));
  if (!name || extname(pathname) !== ".js") {
    response.writeHead(404).end();
    return;
  }
  const file = join(packages[name]!, normalize(pathname.slice(name.length + 1)));
  response.setHeader("Content-Type", "text/javascript").end(readFileSync(file));
}

/** Maps what the packages export to the addresses of their modules. */
function importMap(): { imports: Record<string, string> } {
  const imports: Record<string, string> = {};
  for (const [name, folder] of Object.entries(packages)) {
    const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      exports: Record<string, string | { import?: string }>;
    };
    for (const [path, target] of Object.entries(exports)) {
      const file = typeof target === "string" ? target : target.import;
      if (file) {
        imports[join(name, path)] = `/${join(name, file)}`;
      }
    }
  }
  return { imports };
}
