import { create, equals, type MessageInitShape } from "@bufbuild/protobuf";
import { DeadlineError, OrderError, ServerError, TrailblazerError, UnavailableError } from "./errors.js";
import {
  type MakeRequestSchema,
  type ResetRequest,
  ResetRequestSchema,
  type ResetResponse,
  type RestoreResponse,
  type Session as WireSession,
  type StepRequest,
  StepRequestSchema,
  type StepResponse,
} from "./gen/trailblazer/v1/env_service_pb.js";
import type { Tensor } from "./gen/trailblazer/v1/tensor_pb.js";
import { newRequestId, type Rpc } from "./rpc.js";
import {
  checkInteger,
  type EnvironmentSpec,
  leaseToWire,
  type SessionInfo,
  sessionFromWire,
  specFromWire,
} from "./spec.js";

/** The whole state of a session. */
export interface Snapshot {
  /** Opaque; outlives the session. */
  readonly state: Uint8Array;
  /** SHA-256 of the state in hex: the same hash, the same future. */
  readonly hash: string;
}

type Call =
  | { readonly kind: "reset"; readonly request: ResetRequest }
  | { readonly kind: "step"; readonly request: StepRequest };

const closeTimeoutMs = 5_000;

/**
 * A session, stepped exactly once per index whatever the network does.
 *
 * A call whose outcome is not known, because its deadline passed or its server
 * did not answer, is kept: the same call again fetches its result, a reset
 * settles it first, and any other step is refused.
 */
export class Session {
  readonly info: SessionInfo;
  #nextIndex: bigint;
  #unsettled: Call | undefined;
  #busy = false;
  #closed = false;

  constructor(
    readonly rpc: Rpc,
    session: WireSession | undefined,
    readonly spec: EnvironmentSpec,
  ) {
    if (!session) {
      throw new ServerError("the server's reply has no session");
    }
    this.info = sessionFromWire(session);
    this.#nextIndex = session.nextIndex;
  }

  static async make(rpc: Rpc, init: MessageInitShape<typeof MakeRequestSchema>): Promise<Session> {
    const request = { ...init, requestId: newRequestId() };
    const { session, spec } = await rpc.call((service, options) => service.make(request, options));
    return new Session(rpc, session, specFromWire(spec));
  }

  reset(seeds: bigint[], mask?: Tensor, options?: object): Promise<ResetResponse> {
    return this.#alone(async () => {
      const request = create(ResetRequestSchema, {
        sessionId: this.info.sessionId,
        index: this.#nextIndex,
        seeds,
        ...(mask && { mask }),
        optionsJson: options ? JSON.stringify(options) : "",
      });
      const last = this.#unsettled;
      if (last && !(last.kind === "reset" && equals(ResetRequestSchema, last.request, request))) {
        await this.#settle(last);
        request.index = this.#nextIndex;
      }
      return (await this.#indexed({ kind: "reset", request })) as ResetResponse;
    });
  }

  step(action: Tensor[]): Promise<StepResponse> {
    return this.#alone(async () => {
      const request = create(StepRequestSchema, {
        sessionId: this.info.sessionId,
        index: this.#nextIndex,
        action,
      });
      const last = this.#unsettled;
      if (last && !(last.kind === "step" && equals(StepRequestSchema, last.request, request))) {
        throw new OrderError(`whether the last ${last.kind} happened is not known`, {
          remedy: last.kind === "step" ? "repeat it with the same action, or reset" : "reset again",
        });
      }
      return (await this.#indexed({ kind: "step", request })) as StepResponse;
    });
  }

  snapshot(): Promise<Snapshot> {
    return this.#alone(async () => {
      const { sessionId } = this.info;
      const reply = await this.rpc.call((service, options) => service.snapshot({ sessionId }, options));
      return { state: reply.state, hash: reply.stateHash };
    });
  }

  restore(state: Uint8Array): Promise<RestoreResponse> {
    return this.#alone(async () => {
      const { sessionId } = this.info;
      // After a step of unknown outcome the index is unknown, too.
      const request = { sessionId, state, index: this.#unsettled ? undefined : this.#nextIndex };
      const reply = await this.rpc.call((service, options) => service.restore(request, options));
      this.#nextIndex = reply.nextIndex;
      this.#unsettled = undefined;
      return reply;
    });
  }

  fork(environments: readonly number[]): Promise<Session> {
    return this.#alone(async () => {
      const { sessionId, numEnvs } = this.info;
      environments.forEach((environment, i) => {
        checkInteger(environment, 0, numEnvs - 1, `environments[${i}]`);
      });
      const request = { sessionId, environments: [...environments], requestId: newRequestId() };
      const { session } = await this.rpc.call((service, options) => service.fork(request, options));
      return new Session(this.rpc, session, this.spec);
    });
  }

  async renewLease(leaseMs?: number): Promise<SessionInfo> {
    const { sessionId } = this.info;
    const request = { sessionId, ...leaseToWire(leaseMs) };
    const { session } = await this.rpc.call((service, options) => service.renewLease(request, options));
    return session ? sessionFromWire(session) : this.info;
  }

  /**
   * Ends the session on the server; where that can't be reached, its lease does.
   * One that is recorded stays open while the server can't write what it did.
   */
  async close(): Promise<void> {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    const { sessionId } = this.info;
    try {
      const timeoutMs = Math.min(closeTimeoutMs, this.rpc.timeoutMs);
      await this.rpc.call((service, options) => service.close({ sessionId }, options), timeoutMs);
    } catch (error) {
      this.#closed = !(error instanceof OrderError);
      if (!isOpen(error)) {
        throw error;
      }
    }
  }

  /** Runs a call if none is running: their order would be left to chance. */
  async #alone<T>(call: () => Promise<T>): Promise<T> {
    if (this.#closed) {
      throw new OrderError("the environment is closed", { remedy: "make another" });
    }
    if (this.#busy) {
      throw new OrderError("another call of this environment is running", { remedy: "await it first" });
    }
    this.#busy = true;
    try {
      return await call();
    } finally {
      this.#busy = false;
    }
  }

  /** Makes a call that carries an index, and keeps it while its outcome is open. */
  async #indexed(call: Call): Promise<ResetResponse | StepResponse> {
    this.#unsettled = call;
    try {
      const reply = await this.rpc.call<ResetResponse | StepResponse>((service, options) =>
        call.kind === "reset" ? service.reset(call.request, options) : service.step(call.request, options),
      );
      this.#nextIndex = reply.nextIndex;
      this.#unsettled = undefined;
      return reply;
    } catch (error) {
      if (!isOpen(error)) {
        this.#unsettled = undefined;
      }
      throw error;
    }
  }

  /** Finds out what an unsettled call did, so that another can follow. */
  async #settle(call: Call): Promise<void> {
    try {
      await this.#indexed(call);
    } catch (error) {
      if (isOpen(error) || !(error instanceof TrailblazerError)) {
        throw error;
      }
    }
  }
}

/** Tells whether an error leaves open what the server did. */
function isOpen(error: unknown): boolean {
  return error instanceof DeadlineError || error instanceof UnavailableError;
}
