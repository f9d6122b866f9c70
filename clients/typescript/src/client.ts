import type { ActionValue } from "./action.js";
import { Env } from "./env.js";
import { InvalidArgumentError } from "./errors.js";
import { type Decides, Policy, type PolicyInfo, type PolicyOptions, policyInfoFromWire } from "./policy.js";
import { type ConnectOptions, Rpc } from "./rpc.js";
import { Session } from "./session.js";
import {
  type AutoresetMode,
  checkInteger,
  type Environment,
  environmentFromWire,
  type EnvironmentSpec,
  type JsonObject,
  modesToWire,
  mostEnvs,
  leaseToWire,
  type SessionInfo,
  sessionFromWire,
  specFromWire,
} from "./spec.js";
import type { BatchValue, BatchValues, Value, Values } from "./value.js";
import { VectorEnv } from "./vector.js";

/** What an environment is to play. */
export interface DescribeOptions {
  /** Absent for the environment's default. */
  scenario?: string;
  /** Fields left out keep the scenario's values; unknown ones are refused. */
  config?: JsonObject;
}

/** How an environment is made. */
export interface MakeOptions extends DescribeOptions {
  /** What is done when an episode ends; "Disabled" unless told, "NextStep" for a vector. */
  autoresetMode?: AutoresetMode;
  /** Milliseconds that the session outlives its last use; absent for the server's default. */
  leaseMs?: number;
  /** Free text that the server shows beside the session. */
  label?: string;
  /** Keeps what the session does in a data set of the server's; absent for nothing. */
  record?: RecordOptions;
}

/** Where the server keeps a session's episodes. Those of its forks are not kept. */
export interface RecordOptions {
  /** The data set; made where there is none, appended to where it has the same spaces. */
  dataset: string;
  /** Who acts, as the data set shall name it; "external" unless told. */
  policy?: string;
  /** The part of the data set; "train" unless told. */
  split?: string;
}

/** How a vector of environments is made. */
export interface MakeVectorOptions extends MakeOptions {
  /** N. */
  numEnvs: number;
}

/** A client of one server. */
export class Client {
  readonly #rpc: Rpc;

  private constructor(rpc: Rpc) {
    this.#rpc = rpc;
  }

  /**
   * Returns a client of a server that answers.
   *
   * @param url - the server's address ("http://127.0.0.1:8930")
   * @throws UnavailableError - nothing answers there
   * @throws UnauthenticatedError - the token is missing or wrong
   */
  static async connect(url: string, options?: ConnectOptions): Promise<Client> {
    const client = new Client(new Rpc(url, options));
    await client.list();
    return client;
  }

  /** Returns the catalog: environments, their scenarios and policies. */
  async list(): Promise<Environment[]> {
    const reply = await this.#rpc.call((service, options) => service.list({}, options));
    return reply.environments.map(environmentFromWire);
  }

  /** Returns what {@link make} would declare, and makes nothing. */
  async describe(envId: string, options: DescribeOptions = {}): Promise<EnvironmentSpec> {
    const request = { envId, ...toPlay(options) };
    const reply = await this.#rpc.call((service, options) => service.describe(request, options));
    return specFromWire(reply.spec);
  }

  /**
   * Makes one environment.
   *
   * The type parameters say what its spaces hold ("Float32Array, number"); they
   * are taken on trust.
   *
   * @throws ResourceExhaustedError - the server or the owner has reached a limit
   */
  async make<Observation = Value, Action = ActionValue, Info = Values>(
    envId: string,
    options: MakeOptions = {},
  ): Promise<Env<Observation, Action, Info>> {
    return new Env(await this.#make(envId, 1, options.autoresetMode ?? "Disabled", options));
  }

  /** Makes N environments that are stepped together; see {@link make}. */
  async makeVector<Observation = BatchValue, Action = ActionValue, Info = BatchValues>(
    envId: string,
    options: MakeVectorOptions,
  ): Promise<VectorEnv<Observation, Action, Info>> {
    const { numEnvs, autoresetMode = "NextStep" } = options;
    checkInteger(numEnvs, 1, mostEnvs, "numEnvs");
    return new VectorEnv(await this.#make(envId, numEnvs, autoresetMode, options));
  }

  /** Returns the policies that the server has. */
  async listPolicies(): Promise<PolicyInfo[]> {
    const reply = await this.#rpc.ask((policies, options) => policies.listPolicies({}, options));
    return reply.policies.map(policyInfoFromWire);
  }

  /**
   * Takes a seat at a policy: it acts in one environment, wherever that runs.
   *
   * @throws ResourceExhaustedError - the server or the owner has reached a limit
   */
  async policy<Observation = Value, Action = Value, Info = Values>(
    options: PolicyOptions = {},
  ): Promise<Policy<Observation, Action, Info>> {
    const { policy = "", leaseMs } = options;
    const request = { policy, ...decides(options), ...leaseToWire(leaseMs) };
    const reply = await this.#rpc.ask((policies, options) => policies.openPolicy(request, options));
    return new Policy(this.#rpc, reply);
  }

  /** Returns the sessions of this token's owner. */
  async listSessions(): Promise<SessionInfo[]> {
    const reply = await this.#rpc.call((service, options) => service.listSessions({}, options));
    return reply.sessions.map(sessionFromWire);
  }

  #make(envId: string, numEnvs: number, mode: AutoresetMode, options: MakeOptions): Promise<Session> {
    const { leaseMs, label = "", record } = options;
    const autoresetMode = modesToWire[mode];
    if (autoresetMode === undefined) {
      throw new InvalidArgumentError("the autoreset mode is unknown", {
        field: "autoresetMode",
        value: String(mode),
        remedy: `give one of ${Object.keys(modesToWire).join(", ")}`,
      });
    }
    return Session.make(this.#rpc, {
      envId,
      ...toPlay(options),
      numEnvs,
      autoresetMode,
      ...leaseToWire(leaseMs),
      label,
      ...(record && { record }),
    });
  }
}

/** Says what a policy is to be shown. */
function decides({ env, envId, scenario, config }: Decides): { envId: string; scenario: string; configJson: string } {
  if (env) {
    return { envId: env.spec.id, ...toPlay(env.spec) };
  }
  return { envId: envId ?? "", ...toPlay({ ...(scenario && { scenario }), ...(config && { config }) }) };
}

function toPlay({ scenario = "", config }: DescribeOptions): { scenario: string; configJson: string } {
  return { scenario, configJson: config ? JSON.stringify(config) : "" };
}
