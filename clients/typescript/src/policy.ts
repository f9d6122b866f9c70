import { valueEncoder } from "./encode.js";
import { DeadlineError, InvalidArgumentError, OrderError, ServerError, UnavailableError } from "./errors.js";
import type { ActResponse, OpenPolicyResponse, ServedPolicy } from "./gen/trailblazer/v1/policy_service_pb.js";
import type { Rpc } from "./rpc.js";
import { type Seed, toSeeds } from "./seed.js";
import { type EnvironmentSpec, type JsonObject, specFromWire } from "./spec.js";
import { toTensor } from "./tensor.js";
import { singleDecoder, type Value, type Values } from "./value.js";

/** What a server says of a policy. */
export interface PolicyInfo {
  readonly name: string;
  readonly description: string;
  /** The environments that it can act in. */
  readonly envIds: readonly string[];
  /** SHA-256 of a trained network in hex; "" for a rule. */
  readonly contentHash: string;
}

/** What a policy is to be shown. */
export interface Decides {
  /** The environment that it acts in, wherever that runs; the next three say the same of another. */
  env?: { readonly spec: EnvironmentSpec };
  /** Absent for the policy's first. */
  envId?: string;
  scenario?: string;
  config?: JsonObject;
}

/** How a seat at a policy is taken. */
export interface PolicyOptions extends Decides {
  /** Its name; absent for the first that the server lists. */
  policy?: string;
  /** Milliseconds that the seat outlives its last use; absent for the server's default. */
  leaseMs?: number;
}

/** What `reset` and `step` of an environment return, as far as policies look at it. */
export interface Seen<Observation = Value, Info = Values> {
  readonly observation: Observation;
  /** May be left out where `needsInfo` is false. */
  readonly info?: Info;
  /** What the last action brought; may be left out where `needsReward` is false, and where an episode begins. */
  readonly reward?: number;
  readonly terminated?: boolean;
  readonly truncated?: boolean;
}

/** How a policy is asked. */
export interface ActOptions<Action = Value> {
  /**
   * What was done since the last call, where that was not what it returned: where
   * exploration or another policy acted, or the answer came too late. May be left
   * out where `needsTaken` is false; not looked at where an episode begins.
   */
  taken?: Action;
  /** How long it may take in ms; the client's timeoutMs unless told. */
  timeoutMs?: number;
}

const closeTimeoutMs = 5_000;

export function policyInfoFromWire({ name, description, envIds, contentHash }: ServedPolicy): PolicyInfo {
  return { name, description, envIds, contentHash };
}

/**
 * A policy of a server's that acts in one environment, and remembers its episode.
 * Calls must be awaited one after another.
 *
 * @typeParam Observation - the type that values of the observation space have
 * @typeParam Action - likewise of the action space
 * @typeParam Info - likewise of the info space
 */
export class Policy<Observation = Value, Action = Value, Info = Values> {
  readonly info: PolicyInfo;
  /** What it is shown and asked for. */
  readonly spec: EnvironmentSpec;
  readonly needsInfo: boolean;
  readonly needsReward: boolean;
  /** Whether it wants to know where another action was taken than it chose. */
  readonly needsTaken: boolean;
  readonly #observe: ReturnType<typeof valueEncoder>;
  readonly #inform: ReturnType<typeof valueEncoder>;
  readonly #did: ReturnType<typeof valueEncoder>;
  readonly #decode: ReturnType<typeof singleDecoder>;
  readonly #rpc: Rpc;
  readonly #seatId: string;
  #nextIndex: bigint;
  /** Whether the server may be one call ahead, since a reply was lost. */
  #unsure = false;
  #start = false;
  #seeds: bigint[] = [];
  #busy = false;
  #closed = false;

  constructor(rpc: Rpc, reply: OpenPolicyResponse) {
    if (!reply.policy) {
      throw new ServerError("the server's reply has no policy");
    }
    this.#rpc = rpc;
    this.#seatId = reply.seatId;
    this.#nextIndex = reply.nextIndex;
    this.info = policyInfoFromWire(reply.policy);
    this.spec = specFromWire(reply.spec);
    this.needsInfo = reply.inputs?.info ?? true;
    this.needsReward = reply.inputs?.reward ?? false;
    this.needsTaken = reply.inputs?.taken ?? false;
    this.#observe = valueEncoder(this.spec.observationSpace, "observation");
    this.#inform = valueEncoder(this.spec.infoSpace, "info");
    this.#did = valueEncoder(this.spec.actionSpace, "taken");
    this.#decode = singleDecoder(this.spec.actionSpace);
  }

  /** Lets an episode begin with the next {@link act}. The seed is of the policy's own randomness. */
  reset({ seed }: { seed?: Seed } = {}): void {
    this.#start = true;
    this.#seeds = toSeeds(seed);
  }

  /**
   * Returns what the policy would do. Where the episode has ended with what is
   * seen, nothing is decided: it returns the last action again.
   *
   * After a DeadlineError, go on with what is seen next.
   *
   * @throws InvalidArgumentError - something is missing, or none of the spaces
   * @throws ResourceExhaustedError - too many wait for an answer
   * @throws DeadlineError - there was no answer in time
   */
  async act(seen: Seen<Observation, Info>, { taken, timeoutMs }: ActOptions<Action> = {}): Promise<Action> {
    const { observation, info, reward, terminated = false, truncated = false } = seen;
    if (this.needsInfo && info === undefined) {
      throw new InvalidArgumentError("the policy looks at infos", {
        field: "info",
        value: "undefined",
        remedy: "give what reset and step return",
      });
    }
    const flag = (value: boolean) => toTensor(Uint8Array.of(value ? 1 : 0), "bool", [1]);
    const request = {
      seatId: this.#seatId,
      observation: this.#observe(observation),
      info: this.needsInfo ? this.#inform(info) : [],
      ...(this.needsReward && reward !== undefined && { reward: toTensor(Float64Array.of(reward), "float64", [1]) }),
      start: flag(this.#start),
      end: flag(!this.#start && (terminated || truncated)),
      seeds: this.#seeds,
      taken: this.needsTaken && taken !== undefined ? this.#did(taken) : [],
    };
    const reply = await this.#alone(() =>
      this.#rpc.ask((policies, options) => policies.act({ ...request, index: this.#nextIndex }, options), timeoutMs),
    );
    this.#nextIndex = reply.nextIndex;
    this.#start = false;
    this.#seeds = [];
    return this.#decode(reply.action) as Action;
  }

  /** Gives up the seat; where the server can't be reached, its lease does. */
  async close(): Promise<void> {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    try {
      const timeoutMs = Math.min(closeTimeoutMs, this.#rpc.timeoutMs);
      await this.#rpc.ask((policies, options) => policies.closePolicy({ seatId: this.#seatId }, options), timeoutMs);
    } catch (error) {
      if (!isOpen(error)) {
        throw error;
      }
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Makes a call if none is running; where the one before it got through after all, again behind it. */
  async #alone(call: () => Promise<ActResponse>): Promise<ActResponse> {
    if (this.#closed || this.#busy) {
      throw new OrderError(this.#closed ? "the policy is closed" : "another call of this policy is running", {
        remedy: this.#closed ? "take another seat" : "await it first",
      });
    }
    this.#busy = true;
    try {
      const reply = await call().catch((error: unknown) => {
        if (this.#unsure && error instanceof OrderError && error.expectedIndex === this.#nextIndex + 1n) {
          this.#nextIndex += 1n;
          return call();
        }
        throw error;
      });
      this.#unsure = false;
      return reply;
    } catch (error) {
      this.#unsure ||= isOpen(error);
      throw error;
    } finally {
      this.#busy = false;
    }
  }
}

/** Tells whether an error leaves open what the server did. */
function isOpen(error: unknown): boolean {
  return error instanceof DeadlineError || error instanceof UnavailableError;
}
