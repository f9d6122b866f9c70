import { type ActionValue, actionEncoder } from "./action.js";
import { InvalidArgumentError } from "./errors.js";
import type { Tensor } from "./gen/trailblazer/v1/tensor_pb.js";
import { Handle } from "./handle.js";
import { type Seed, toSeeds } from "./seed.js";
import type { JsonObject } from "./spec.js";
import { flags, rewards, toTensor } from "./tensor.js";
import { batchDecoder, type BatchValue, type BatchValues } from "./value.js";

/** What environments show, batch first. */
export interface BatchShown<Observation = BatchValue, Info = BatchValues> {
  readonly observation: Observation;
  /** Measurements by name, among them the reward's components. */
  readonly info: Info;
}

/** What a reset of a vector returns. */
export interface VectorResetResult<Observation = BatchValue, Info = BatchValues> extends BatchShown<Observation, Info> {
  /**
   * The seeds that random streams began with: one for each environment, or one
   * s for s + i; empty where they went on.
   */
  readonly seeds: readonly bigint[];
}

/** What a step of a vector returns; N is the number of environments. */
export interface VectorStepResult<Observation = BatchValue, Info = BatchValues> extends BatchShown<Observation, Info> {
  /** Shape (N). */
  readonly reward: Float64Array;
  /** 1 where an episode has reached its end; shape (N). */
  readonly terminated: Uint8Array;
  /** 1 where an episode was cut off, by a limit of steps; shape (N). */
  readonly truncated: Uint8Array;
  /** In the mode "SameStep", what the episodes that ended in this step showed last. */
  readonly final: FinalShown<Observation, Info> | undefined;
}

/** What M episodes showed last, as batches of M rows. */
export interface FinalShown<Observation = BatchValue, Info = BatchValues> extends BatchShown<Observation, Info> {
  /** The environment of each row, ascending; M long. */
  readonly environments: readonly number[];
}

/** How a vector is reset. */
export interface VectorResetOptions {
  /** One seed s for s + i, or one for each environment; absent to let random streams go on. */
  seed?: Seed | readonly Seed[];
  /** The environments to reset, N long; absent for all. The others show what they showed last. */
  mask?: ArrayLike<boolean> | ArrayLike<number>;
  /** The environment's own reset options. */
  options?: JsonObject;
}

/**
 * N environments on a server, stepped together by one call. Calls must be
 * awaited one after another.
 *
 * @typeParam Observation - the type that batches of the observation space have
 * @typeParam Action - likewise of the action space
 * @typeParam Info - likewise of the info space
 */
export class VectorEnv<Observation = BatchValue, Action = ActionValue, Info = BatchValues> extends Handle {
  /** N. */
  readonly numEnvs = this.session.info.numEnvs;
  readonly #encode = actionEncoder(this.spec.actionSpace, this.numEnvs);
  readonly #observe = batchDecoder(this.spec.observationSpace);
  readonly #inform = batchDecoder(this.spec.infoSpace);

  /** Starts episodes. */
  async reset({ seed, mask, options }: VectorResetOptions = {}): Promise<VectorResetResult<Observation, Info>> {
    const seeds = toSeeds(seed);
    const reply = await this.session.reset(seeds, mask && this.#mask(mask), options);
    return { ...this.#shown(reply, this.numEnvs), seeds: seeds.length > 0 ? seeds : reply.seeds };
  }

  /**
   * Applies one action in every environment.
   *
   * @param actions - one for each environment: arrays with N as first axis
   * @throws InvalidArgumentError - an action is none of the space; nothing happened
   * @throws OrderError - no episode has begun or, in the mode "Disabled", one is over
   */
  async step(actions: Action): Promise<VectorStepResult<Observation, Info>> {
    const reply = await this.session.step(this.#encode(actions));
    const terminated = flags(reply.terminated, this.numEnvs);
    const truncated = flags(reply.truncated, this.numEnvs);
    return {
      ...this.#shown(reply, this.numEnvs),
      reward: rewards(reply.reward, this.numEnvs),
      terminated,
      truncated,
      final:
        reply.finalObservation.length + reply.finalInfo.length > 0
          ? this.#final(reply.finalObservation, reply.finalInfo, terminated, truncated)
          : undefined,
    };
  }

  /**
   * Goes back to a snapshot of this vector, or of one of the same make.
   *
   * @returns what it showed in that state
   */
  async restore(state: Uint8Array): Promise<BatchShown<Observation, Info>> {
    return this.#shown(await this.session.restore(state), this.numEnvs);
  }

  /**
   * Returns another vector that goes on from copies of the states.
   *
   * @param environments - which to copy, repeats allowed; absent for all
   */
  async fork(environments: readonly number[] = []): Promise<VectorEnv<Observation, Action, Info>> {
    return new VectorEnv(await this.session.fork(environments));
  }

  #shown(reply: { observation: Tensor[]; info: Tensor[] }, rows: number): BatchShown<Observation, Info> {
    return {
      observation: this.#observe(reply.observation, rows) as Observation,
      info: this.#inform(reply.info, rows) as Info,
    };
  }

  #final(
    observation: Tensor[],
    info: Tensor[],
    terminated: Uint8Array,
    truncated: Uint8Array,
  ): FinalShown<Observation, Info> {
    const environments: number[] = [];
    for (let i = 0; i < this.numEnvs; i++) {
      if (terminated[i] || truncated[i]) {
        environments.push(i);
      }
    }
    return { environments, ...this.#shown({ observation, info }, environments.length) };
  }

  #mask(mask: ArrayLike<boolean> | ArrayLike<number>): Tensor {
    if (mask.length !== this.numEnvs) {
      throw new InvalidArgumentError("a mask needs a flag for each environment", {
        field: "mask",
        value: `${mask.length} flags`,
        remedy: `give ${this.numEnvs}`,
      });
    }
    const bytes = Uint8Array.from(mask as ArrayLike<number>, (flag) => (flag ? 1 : 0));
    return toTensor(bytes, "bool", [this.numEnvs]);
  }
}
