import { type ActionValue, actionEncoder } from "./action.js";
import type { Tensor } from "./gen/trailblazer/v1/tensor_pb.js";
import { Handle } from "./handle.js";
import { type Seed, toSeeds } from "./seed.js";
import { checkInteger, type JsonObject, mostEnvs } from "./spec.js";
import { flags, rewards } from "./tensor.js";
import { singleDecoder, type Value, type Values } from "./value.js";
import { VectorEnv } from "./vector.js";

/** What an environment shows. */
export interface Shown<Observation = Value, Info = Values> {
  readonly observation: Observation;
  /** Measurements by name, among them the reward's components. */
  readonly info: Info;
}

/** What a reset returns. */
export interface ResetResult<Observation = Value, Info = Values> extends Shown<Observation, Info> {
  /** The seed that the random stream began with; undefined where it went on. */
  readonly seed: bigint | undefined;
}

/** What a step returns. */
export interface StepResult<Observation = Value, Info = Values> extends Shown<Observation, Info> {
  readonly reward: number;
  /** The episode has reached its end. */
  readonly terminated: boolean;
  /** The episode was cut off, by a limit of steps. */
  readonly truncated: boolean;
  /** In the mode "SameStep", what an episode that ended showed last. */
  readonly final: Shown<Observation, Info> | undefined;
}

/** How an environment is reset. */
export interface ResetOptions {
  /** Where the random stream begins; absent to let it go on. */
  seed?: Seed;
  /** The environment's own reset options. */
  options?: JsonObject;
}

/**
 * One environment on a server. Calls must be awaited one after another.
 *
 * @typeParam Observation - the type that values of the observation space have
 * @typeParam Action - likewise of the action space
 * @typeParam Info - likewise of the info space
 */
export class Env<Observation = Value, Action = ActionValue, Info = Values> extends Handle {
  readonly #encode = actionEncoder(this.spec.actionSpace);
  readonly #observe = singleDecoder(this.spec.observationSpace);
  readonly #inform = singleDecoder(this.spec.infoSpace);

  /** Starts an episode. */
  async reset({ seed, options }: ResetOptions = {}): Promise<ResetResult<Observation, Info>> {
    const seeds = toSeeds(seed);
    const reply = await this.session.reset(seeds, undefined, options);
    return { ...this.#shown(reply), seed: seeds[0] ?? reply.seeds[0] };
  }

  /**
   * Applies an action.
   *
   * @throws InvalidArgumentError - the action is none of the space; nothing happened
   * @throws OrderError - the episode is over, or none has begun
   */
  async step(action: Action): Promise<StepResult<Observation, Info>> {
    const reply = await this.session.step(this.#encode(action));
    const ended = reply.finalInfo.length + reply.finalObservation.length > 0;
    return {
      ...this.#shown(reply),
      reward: rewards(reply.reward, 1)[0]!,
      terminated: flags(reply.terminated, 1)[0] === 1,
      truncated: flags(reply.truncated, 1)[0] === 1,
      final: ended ? this.#shown({ observation: reply.finalObservation, info: reply.finalInfo }) : undefined,
    };
  }

  /**
   * Goes back to a snapshot of this environment, or of one of the same make.
   *
   * @returns what it showed in that state
   */
  async restore(state: Uint8Array): Promise<Shown<Observation, Info>> {
    return this.#shown(await this.session.restore(state));
  }

  /** Returns another environment that goes on from a copy of the state. */
  async fork(): Promise<Env<Observation, Action, Info>> {
    return new Env(await this.session.fork([]));
  }

  /** Returns a vector of n environments that all go on from copies of the state. */
  async forkVector(n: number): Promise<VectorEnv> {
    return new VectorEnv(await this.session.fork(new Array<number>(checkInteger(n, 1, mostEnvs, "n")).fill(0)));
  }

  #shown({ observation, info }: { observation: Tensor[]; info: Tensor[] }): Shown<Observation, Info> {
    return { observation: this.#observe(observation) as Observation, info: this.#inform(info) as Info };
  }
}
