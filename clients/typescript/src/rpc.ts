import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { DeadlineError, InvalidArgumentError, UnavailableError } from "./errors.js";
import { fromConnect } from "./failure.js";
import { EnvService } from "./gen/trailblazer/v1/env_service_pb.js";
import { PolicyService } from "./gen/trailblazer/v1/policy_service_pb.js";

/** How to reach a server. */
export interface ConnectOptions {
  /** Bearer token, for servers that ask for one. */
  token?: string;
  /** How long a call may take, with all its retries, in ms; 30 s unless told. */
  timeoutMs?: number;
  /** Sends the requests, in place of the global fetch. */
  fetch?: typeof globalThis.fetch;
}

type Service = Client<typeof EnvService>;
type Policies = Client<typeof PolicyService>;

// Before each retry after a lost connection. Every call may be repeated: the
// server knows a repeated step by its index and a repeated Make by its request
// id, and the others do no harm twice.
const pausesMs = [0, 50, 250];
const longestTimeoutMs = 2 ** 31 - 1;

/** Calls to one server: deadlines, retries, and errors as {@link TrailblazerError}s. */
export class Rpc {
  readonly timeoutMs: number;
  readonly #service: Service;
  readonly #policies: Policies;

  constructor(
    readonly url: string,
    options: ConnectOptions = {},
  ) {
    const { token, timeoutMs = 30_000, fetch } = options;
    if (!/^https?:$/.test(protocolOf(url))) {
      throw new InvalidArgumentError("that is no address of a server", {
        field: "url",
        value: url,
        remedy: "give one like http://127.0.0.1:8930; a unix socket needs the fetch of trailblazer-client/node",
      });
    }
    if (!(timeoutMs > 0 && timeoutMs <= longestTimeoutMs)) {
      throw new InvalidArgumentError("a call needs a deadline", {
        field: "timeoutMs",
        value: String(timeoutMs),
        remedy: `give 1 to ${longestTimeoutMs} ms`,
      });
    }
    this.timeoutMs = timeoutMs;
    const transport = createConnectTransport({
      baseUrl: url,
      useBinaryFormat: true,
      ...(fetch && { fetch }),
      interceptors: token
        ? [
            (next) => (request) => {
              request.header.set("Authorization", `Bearer ${token}`);
              return next(request);
            },
          ]
        : [],
    });
    this.#service = createClient(EnvService, transport);
    this.#policies = createClient(PolicyService, transport);
  }

  /**
   * Makes a call, again if its connection is lost.
   *
   * @throws TrailblazerError - see errors.ts
   */
  call<T>(
    attempt: (service: Service, options: { timeoutMs: number }) => Promise<T>,
    timeoutMs = this.timeoutMs,
  ): Promise<T> {
    return this.#retried((options) => attempt(this.#service, options), timeoutMs);
  }

  /** Makes a call of the service that policies are asked by; see {@link call}. */
  ask<T>(
    attempt: (policies: Policies, options: { timeoutMs: number }) => Promise<T>,
    timeoutMs = this.timeoutMs,
  ): Promise<T> {
    return this.#retried((options) => attempt(this.#policies, options), timeoutMs);
  }

  async #retried<T>(attempt: (options: { timeoutMs: number }) => Promise<T>, timeoutMs: number): Promise<T> {
    const deadline = performance.now() + timeoutMs;
    for (let tries = 0; ; tries++) {
      try {
        return await attempt({ timeoutMs: Math.max(1, Math.ceil(deadline - performance.now())) });
      } catch (error) {
        const failure = ConnectError.from(error);
        const pause = pausesMs[tries];
        if (!isLost(failure) || pause === undefined || performance.now() + pause >= deadline) {
          throw this.#explain(failure, timeoutMs);
        }
        if (pause > 0) {
          await new Promise((resume) => setTimeout(resume, pause));
        }
      }
    }
  }

  #explain(failure: ConnectError, timeoutMs: number): Error {
    if (isLost(failure)) {
      return new UnavailableError(`no server answers at ${this.url}: ${reason(failure)}`, {
        code: "unavailable",
        remedy: "start one with `trailblazer serve`; one that a web page calls needs its --cors-origin",
        cause: failure,
      });
    }
    if (failure.code === Code.DeadlineExceeded) {
      return new DeadlineError(`no answer from ${this.url} in ${timeoutMs} ms`, {
        code: "deadline_exceeded",
        remedy: "check the server, or give a longer timeoutMs",
        cause: failure,
      });
    }
    return fromConnect(failure);
  }
}

function protocolOf(url: string): string {
  try {
    return new URL(url).protocol;
  } catch {
    return "";
  }
}

/** Tells whether a call failed on its way, so that it is worth another try. */
function isLost({ code, cause }: ConnectError): boolean {
  // fetch reports all that goes wrong with a connection as a TypeError.
  return code === Code.Unavailable || (code === Code.Unknown && cause instanceof TypeError);
}

/** Returns the innermost cause, such as "connect ECONNREFUSED 127.0.0.1:8930". */
function reason(error: Error): string {
  return error.cause instanceof Error ? reason(error.cause) : error.message;
}

/** Returns a new id for a request that must not be carried out twice. */
export function newRequestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
