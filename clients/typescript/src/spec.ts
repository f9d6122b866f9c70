import { type Duration, durationFromMs, durationMs, timestampDate } from "@bufbuild/protobuf/wkt";
import { AutoresetMode as WireMode, type Session } from "./gen/trailblazer/v1/env_service_pb.js";
import type * as wire from "./gen/trailblazer/v1/environment_pb.js";
import { type DictSpace, type Space, spaceFromWire } from "./space.js";
import { InvalidArgumentError, ServerError } from "./errors.js";

/** A JSON object, such as a configuration. */
export type JsonObject = { readonly [key: string]: unknown };

/** One row of the server's catalog. */
export interface Environment {
  /** Versioned id ("trailblazer/ABR-v0"). */
  readonly id: string;
  readonly description: string;
  readonly scenarios: readonly Scenario[];
  /** The scenario that is played when none is named. */
  readonly defaultScenario: string;
  /** Every field that a configuration may set, with its default. */
  readonly defaultConfig: JsonObject;
  /** Names of the policies that know this environment. */
  readonly policies: readonly string[];
}

/** What an environment plays: data, seeds and start points. */
export interface Scenario {
  readonly name: string;
  readonly description: string;
  /** Number of distinct episodes; 0 for a generator. */
  readonly episodes: number;
  /** "real" or "built-in". */
  readonly dataSource: string;
  /** Why it can't be made on this server; "" where it can. */
  readonly unavailable: string;
}

/** What the server declares about an environment; it never changes. */
export interface EnvironmentSpec {
  readonly id: string;
  readonly scenario: string;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** Holds the reward's components among others. */
  readonly infoSpace: DictSpace;
  /** Longest possible episode in steps; 0 for no limit. */
  readonly maxEpisodeSteps: number;
  /** Number of episodes played in a fixed order, where seed s starts at s modulo it; 0 where seeds draw them. */
  readonly episodes: number;
  /** Lowest and highest reward of a step. */
  readonly rewardRange: readonly [number, number];
  /** SHA-256 of all that decides results besides seed and actions. */
  readonly contentHash: string;
  /** Content hashes of its parts, by part. */
  readonly dataHashes: { readonly [part: string]: string };
  /** The configuration in force, all defaults filled in. */
  readonly config: JsonObject;
  /** What an agent may know beyond its observations, such as a video's manifest. */
  readonly metadata: JsonObject;
  /** Whether snapshot, restore and fork work. */
  readonly canSnapshot: boolean;
}

/**
 * What is done with an environment whose episode has ended; the modes are
 * Gymnasium's. "NextStep": its next step ignores the action, resets it and
 * returns the first observation with reward 0. "SameStep": the step that ends
 * an episode also resets, and returns the last observation apart. "Disabled":
 * nothing; stepping it is an error.
 */
export type AutoresetMode = "NextStep" | "SameStep" | "Disabled";

/** A session as the server lists it. */
export interface SessionInfo {
  readonly sessionId: string;
  readonly envId: string;
  readonly scenario: string;
  readonly numEnvs: number;
  readonly autoresetMode: AutoresetMode;
  /** Milliseconds that it outlives its last use. */
  readonly leaseMs: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly label: string;
  /** Number of resets and steps so far. */
  readonly nextIndex: number;
  readonly contentHash: string;
}

export const modesToWire: Readonly<Record<AutoresetMode, WireMode>> = {
  NextStep: WireMode.NEXT_STEP,
  SameStep: WireMode.SAME_STEP,
  Disabled: WireMode.DISABLED,
};

export function modeFromWire(mode: WireMode): AutoresetMode {
  switch (mode) {
    case WireMode.SAME_STEP:
      return "SameStep";
    case WireMode.DISABLED:
      return "Disabled";
    default:
      return "NextStep";
  }
}

export function environmentFromWire(environment: wire.Environment): Environment {
  const { id, description, scenarios, defaultScenario, defaultConfigJson, policies } = environment;
  return {
    id,
    description,
    scenarios: scenarios.map(({ name, description, episodes, dataSource, unavailable }) => ({
      name,
      description,
      episodes: Number(episodes),
      dataSource,
      unavailable,
    })),
    defaultScenario,
    defaultConfig: parse(defaultConfigJson),
    policies,
  };
}

export function specFromWire(spec: wire.EnvironmentSpec | undefined): EnvironmentSpec {
  const infoSpace = spec && spaceFromWire(spec.infoSpace);
  if (infoSpace?.kind !== "dict") {
    throw new ServerError("the server declares no environment, or infos that are no dict");
  }
  return {
    id: spec!.id,
    scenario: spec!.scenario,
    observationSpace: spaceFromWire(spec!.observationSpace),
    actionSpace: spaceFromWire(spec!.actionSpace),
    infoSpace,
    maxEpisodeSteps: Number(spec!.maxEpisodeSteps),
    episodes: Number(spec!.episodes),
    rewardRange: [spec!.rewardLow, spec!.rewardHigh],
    contentHash: spec!.contentHash,
    dataHashes: spec!.dataHashes,
    config: parse(spec!.configJson),
    metadata: parse(spec!.metadataJson),
    canSnapshot: spec!.canSnapshot,
  };
}

export function sessionFromWire(session: Session): SessionInfo {
  const { sessionId, envId, scenario, numEnvs, label, contentHash } = session;
  return {
    sessionId,
    envId,
    scenario,
    numEnvs,
    autoresetMode: modeFromWire(session.autoresetMode),
    leaseMs: session.lease ? durationMs(session.lease) : 0,
    createdAt: session.createdAt ? timestampDate(session.createdAt) : new Date(0),
    expiresAt: session.expiresAt ? timestampDate(session.expiresAt) : new Date(0),
    label,
    nextIndex: Number(session.nextIndex),
    contentHash,
  };
}

/** Returns a number that is an integer between bounds. */
export function checkInteger(value: number, low: number, high: number, field: string): number {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new InvalidArgumentError("a number is out of range", {
      field,
      value: String(value),
      remedy: `give an integer from ${low} to ${high}`,
    });
  }
  return value;
}

/** Most environments that a session may have. */
export const mostEnvs = 2 ** 20;

/** Returns the lease field of a request, none for the server's default. */
export function leaseToWire(leaseMs: number | undefined): { lease?: Duration } {
  if (leaseMs === undefined) {
    return {};
  }
  if (!(leaseMs > 0 && Number.isFinite(leaseMs))) {
    throw new InvalidArgumentError("a session can't have that lease", {
      field: "leaseMs",
      value: String(leaseMs),
      remedy: "give a positive number of milliseconds",
    });
  }
  return { lease: durationFromMs(Math.ceil(leaseMs)) };
}

function parse(json: string): JsonObject {
  return json ? (JSON.parse(json) as JsonObject) : {};
}
