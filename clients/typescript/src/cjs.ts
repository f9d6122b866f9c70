import type { Graph, Sequence } from "./value.js";

/** A list of integers. */
export interface CjsList extends Sequence {
  readonly elements: BigInt64Array;
}

/** What trailblazer/CJS-v0 shows of a cluster; `env.spec` has units and bounds. */
export interface CjsObservation {
  /** Incomplete stages; of each its remaining tasks, its task duration and whether it is schedulable. */
  readonly dag: Graph & { readonly nodes: Float32Array };
  /** Index of the first node of each job, then the number of nodes. */
  readonly job_ptr: CjsList;
  /** Executors that each job has. */
  readonly executor_supply: CjsList;
  /** Executors that each job can still be given. */
  readonly executor_limit: CjsList;
  /** Node of each schedulable stage. An action names a place in this list. */
  readonly schedulable: CjsList;
  /** Executors to be given away. */
  readonly committable: number;
  /** Job that had them; the number of jobs where none had. */
  readonly source_job: number;
}

/** What trailblazer/CJS-v0 measures of a cluster. */
export interface CjsInfo extends CjsMasks {
  readonly reward_running: number;
  readonly reward_waiting: number;
  readonly wall_ms: number;
  readonly active_jobs: number;
  readonly active_stages: number;
  readonly schedulable_stages: number;
  readonly completed_jobs: number;
  readonly total_jobs: number;
  readonly running_executors: number;
  readonly busy_s: number;
  readonly average_jct_s: number;
  readonly lower_bound_s: number;
}

/** Which actions are legal. */
export interface CjsMasks {
  /** Of the stages -1, 0, 1, … */
  readonly stage_mask: Sequence;
  /** Of the numbers of executors 1, 2, … */
  readonly executor_mask: Int8Array;
}

/** An action of trailblazer/CJS-v0. */
export interface CjsAction {
  /** A place in the list of schedulable stages; -1 leaves the executors idle. */
  readonly stage: number;
  /** How many executors it gets; without meaning where they stay idle. */
  readonly executors: number;
}

/** {@link CjsObservation} of N environments. */
export interface CjsObservations {
  readonly dag: readonly CjsObservation["dag"][];
  readonly job_ptr: readonly CjsList[];
  readonly executor_supply: readonly CjsList[];
  readonly executor_limit: readonly CjsList[];
  readonly schedulable: readonly CjsList[];
  readonly committable: BigInt64Array;
  readonly source_job: BigInt64Array;
}

/** {@link CjsInfo} of N environments. */
export interface CjsInfos extends CjsMasksOfAll {
  readonly reward_running: Float64Array;
  readonly reward_waiting: Float64Array;
  readonly wall_ms: Float64Array;
  readonly active_jobs: BigInt64Array;
  readonly active_stages: BigInt64Array;
  readonly schedulable_stages: BigInt64Array;
  readonly completed_jobs: BigInt64Array;
  readonly total_jobs: BigInt64Array;
  readonly running_executors: BigInt64Array;
  readonly busy_s: Float64Array;
  readonly average_jct_s: Float64Array;
  readonly lower_bound_s: Float64Array;
}

/** {@link CjsMasks} of N environments. */
export interface CjsMasksOfAll {
  readonly stage_mask: readonly Sequence[];
  /** Shape (N, largest number of executors). */
  readonly executor_mask: Int8Array;
}

/** {@link CjsAction} of N environments. */
export interface CjsActions {
  readonly stage: readonly number[];
  readonly executors: readonly number[];
}

/** The legal actions of a cluster: each of the stages with each of the numbers of executors. */
export interface LegalActions {
  /** Ascending, -1 first where passing is legal; empty where the episode has ended. */
  readonly stages: readonly number[];
  /** Ascending. */
  readonly executors: readonly number[];
}

/** Reads the legal actions of an environment from its info. */
export function legalActions({ stage_mask, executor_mask }: CjsMasks): LegalActions {
  return { stages: ones(stage_mask.elements as Int8Array, -1), executors: ones(executor_mask, 1) };
}

/** Reads the legal actions of every environment of a vector from its infos. */
export function legalActionsOfAll({ stage_mask, executor_mask }: CjsMasksOfAll): LegalActions[] {
  const most = executor_mask.length / stage_mask.length;
  return stage_mask.map((stages, i) =>
    legalActions({ stage_mask: stages, executor_mask: executor_mask.subarray(i * most, (i + 1) * most) }),
  );
}

/**
 * Draws one of the legal actions, or passes where there are none.
 *
 * @param random - returns numbers from 0 up to, not including, 1
 */
export function drawAction({ stages, executors }: LegalActions, random = Math.random): CjsAction {
  const one = (list: readonly number[]) => list[Math.floor(random() * list.length)];
  return { stage: one(stages) ?? -1, executors: one(executors) ?? 1 };
}

/** Returns the places of ones in a mask, counted from a number. */
function ones(mask: Int8Array, first: number): number[] {
  const found = [];
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 1) {
      found.push(first + i);
    }
  }
  return found;
}
