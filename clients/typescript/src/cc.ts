import { InvalidArgumentError } from "./errors.js";
import type { EnvironmentSpec } from "./spec.js";
import type { Sequence } from "./value.js";

/**
 * What trailblazer/CC-v0 shows of a flow: 52 features, whose names are in
 * {@link CcManifest}. With several flows, and in vectors, there is a row for
 * each.
 */
export type CcObservation = Float32Array;

/**
 * An action of trailblazer/CC-v0: the predicted bandwidth of each flow, kbps;
 * where the configuration allows probes, the rate of one follows each, or 0. The
 * action of a vector has those of all environments, one after another.
 */
export type CcAction = readonly number[] | Float64Array;

/**
 * What trailblazer/CC-v0 measures of one environment.
 *
 * @typeParam PerFlow - number, or Float64Array where the configuration asks for
 * several flows
 */
export interface CcInfo<PerFlow = number> extends CcMeasured<number, PerFlow> {}

/** {@link CcInfo} of N environments; what each flow has comes flow by flow. */
export interface CcInfos extends CcMeasured<Float64Array, Float64Array> {}

/** Rates in kbps and times in ms, of the last step where nothing else is said. */
export interface CcMeasured<PerEnvironment, PerFlow> {
  readonly reward_throughput: PerEnvironment;
  readonly reward_delay: PerEnvironment;
  readonly reward_loss: PerEnvironment;
  readonly reward_stall: PerEnvironment;
  /** Since the session began. */
  readonly time_ms: PerEnvironment;
  /** Bandwidth that there is for the flow in the coming step: the expert's action. Privileged. */
  readonly bottleneck_kbps: PerFlow;
  /** Rate of the bottleneck in the coming step, whoever uses it. Privileged. */
  readonly capacity_kbps: PerFlow;
  /** What the application wants to send now. */
  readonly request_kbps: PerFlow;
  /** Rate in force, and since when. */
  readonly target_kbps: PerFlow;
  readonly target_age_ms: PerFlow;
  /** What waits in the pacer, and for how long. */
  readonly pacer_bytes: PerFlow;
  readonly pacer_delay_ms: PerFlow;
  /** What the last action ought to have predicted, and the request at that time. Privileged. */
  readonly label_kbps: PerFlow;
  readonly label_request_kbps: PerFlow;
  /** Relative error of the last action, and whether it counts: 1 or 0. */
  readonly ape: PerFlow;
  readonly ape_counts: PerFlow;
  /** 1 where the paper's scheduler would have called conditions good before the last action. */
  readonly good_conditions: PerFlow;
  readonly send_kbps: PerFlow;
  readonly receive_kbps: PerFlow;
  readonly media_kbps: PerFlow;
  /** Of the packets whose way ended. */
  readonly loss_share: PerFlow;
  /** Mean time in the bottleneck of the packets that arrived; 0 where none did. */
  readonly queue_delay_ms: PerFlow;
  /** 1 where packets arrived. */
  readonly arrivals: PerFlow;
  /** Playback time, standstill included. */
  readonly played_ms: PerFlow;
  /** Change of the time that the video has stood still, in gaps of at least so long. */
  readonly stalled_100_ms: PerFlow;
  readonly stalled_200_ms: PerFlow;
  readonly stalled_500_ms: PerFlow;
  /** 1 where a feature of the observation was measured, 0 where it has its last value. */
  readonly observation_present: Int8Array;
}

/** A list of rows of numbers, such as packets. */
export interface CcRows extends Sequence {
  readonly elements: Float64Array;
}

/** What {@link CcInfo} has besides if the configuration has `packets: true`; see {@link packetLog}. */
export interface CcPackets {
  readonly packets_sent: CcRows;
  readonly reports: CcRows;
  readonly results: CcRows;
}

/** {@link CcPackets} of N environments. */
export interface CcPacketsOfAll {
  readonly packets_sent: readonly CcRows[];
  readonly reports: readonly CcRows[];
  readonly results: readonly CcRows[];
}

/** What an agent may know beyond its observations. */
export interface CcManifest {
  /** Time between two actions. */
  readonly stepMs: number;
  /** How many flows the agent controls. */
  readonly flows: number;
  /** Whether actions have a second number per flow, the rate of a probe. */
  readonly probes: boolean;
  /** What observations hold, in their order. */
  readonly features: readonly CcFeature[];
}

/** One of the 52 features. */
export interface CcFeature {
  /** Ends in the letter of its window: S, M, L or H. */
  readonly name: string;
  /** One of the paper's Extended Data Fig. 4 ("RTT_Info"). */
  readonly category: string;
  /** Unit of the measured value; "1" for shares and ratios. */
  readonly unit: string;
  /** The time over which it is measured; 0 for a moment. */
  readonly windowMs: number;
  /** Whether observations hold log(1 + |x|) with the sign of x. */
  readonly log: boolean;
}

/**
 * Reads what the spec of trailblazer/CC-v0 says of features.
 *
 * @throws InvalidArgumentError - the spec is another environment's
 */
export function ccManifest(spec: EnvironmentSpec): CcManifest {
  const { step_ms, flows, probes, features } = spec.metadata as Partial<DeclaredManifest>;
  if (step_ms === undefined || flows === undefined || probes === undefined || features === undefined) {
    throw new InvalidArgumentError("the environment has no features of congestion", {
      field: "spec.id",
      value: spec.id,
      remedy: "give the spec of trailblazer/CC-v0",
    });
  }
  return {
    stepMs: step_ms,
    flows,
    probes,
    features: features.map(({ window_ms, ...rest }) => ({ ...rest, windowMs: window_ms })),
  };
}

/** {@link CcManifest} as the server writes it. */
interface DeclaredManifest {
  step_ms: number;
  flows: number;
  probes: boolean;
  features: (Omit<CcFeature, "windowMs"> & { window_ms: number })[];
}

/** Returns the features of any number of rows in their units, without logarithms. */
export function rawFeatures({ features }: CcManifest, observation: CcObservation): Float64Array {
  return Float64Array.from(observation, (shown, i) => measured(shown, features[i % features.length]!));
}

/**
 * Returns one feature in its unit.
 *
 * @param row - which flow, or environment of a vector
 */
export function rawFeature({ features }: CcManifest, observation: CcObservation, name: string, row = 0): number {
  const at = features.findIndex((feature) => feature.name === name);
  const shown = observation[row * features.length + at];
  if (at < 0 || shown === undefined) {
    const rows = observation.length / features.length;
    throw new InvalidArgumentError("the observation has no such feature", {
      field: at < 0 ? "name" : "row",
      value: at < 0 ? JSON.stringify(name) : String(row),
      remedy: at < 0 ? `give one of ${features.map((feature) => feature.name).join(", ")}` : `give 0 to ${rows - 1}`,
    });
  }
  return measured(shown, features[at]!);
}

function measured(shown: number, { log }: CcFeature): number {
  return log ? Math.sign(shown) * Math.expm1(Math.abs(shown)) : shown;
}

/** What is known of a packet when it leaves. Times are in ms since the session began. */
export interface CcPacket {
  /** Number of the packet within its flow. */
  readonly sequence: number;
  /** When it left, by the sender's clock. */
  readonly sentMs: number;
  /** Size on the wire. */
  readonly sizeBytes: number;
  readonly kind: "video" | "audio" | "retransmission" | "probe";
  /** Number of its video frame, or -1. */
  readonly frame: number;
  /** Number of its probe cluster, or 0. */
  readonly cluster: number;
  /** Whether nothing waited behind it. */
  readonly appLimited: boolean;
}

/** A packet that left. */
export interface CcSent extends CcPacket {
  readonly flow: number;
}

/** What a report says of a packet. */
export interface CcResult extends CcPacket {
  /** When it arrived, by the receiver's clock; undefined where it has not. */
  readonly arrivalMs: number | undefined;
}

/** A receiver's report that reached the sender. */
export interface CcReport {
  readonly flow: number;
  /** When it came, by the sender's clock. */
  readonly receivedMs: number;
  /** When it left the receiver, by the receiver's clock. */
  readonly departureMs: number;
  /** For how long the receiver holds frames back. */
  readonly jitterBufferMs: number;
  /** For how long the video has stood still so far. */
  readonly stalledMs: number;
  /** How many packets of the flow left in this step before the report came. */
  readonly sentBefore: number;
  readonly results: readonly CcResult[];
}

/** What senders saw in a step. */
export interface CcPacketLog {
  readonly sent: readonly CcSent[];
  readonly reports: readonly CcReport[];
}

const kinds = ["video", "audio", "retransmission", "probe"] as const;

/** What rows of packets end with: sentMs, sizeBytes, kind, frame, cluster and appLimited. */
type PacketRow = [number, number, number, number, number, number];

/** Reads the packets and reports of a step from the info of one environment. */
export function packetLog({ packets_sent, reports, results }: CcPackets): CcPacketLog {
  const all = rowsOf<[number, number, number, ...PacketRow]>(results).map(
    ([sequence, received, arrivalMs, ...packet]): CcResult => ({
      ...packetOf(sequence, packet),
      arrivalMs: received === 1 ? arrivalMs : undefined,
    }),
  );
  let told = 0;
  return {
    sent: rowsOf<[number, number, ...PacketRow]>(packets_sent).map(
      ([flow, sequence, ...packet]): CcSent => ({ flow, ...packetOf(sequence, packet) }),
    ),
    reports: rowsOf<[number, number, number, number, number, number, number]>(reports).map(
      ([flow, receivedMs, departureMs, jitterBufferMs, stalledMs, sentBefore, count]): CcReport => {
        const results = all.slice(told, (told += count));
        return { flow, receivedMs, departureMs, jitterBufferMs, stalledMs, sentBefore, results };
      },
    ),
  };
}

function packetOf(sequence: number, [sentMs, sizeBytes, kind, frame, cluster, appLimited]: PacketRow): CcPacket {
  return { sequence, sentMs, sizeBytes, kind: kinds[kind]!, frame, cluster, appLimited: appLimited === 1 };
}

function rowsOf<Row extends number[]>({ length, elements }: CcRows): Row[] {
  const width = elements.length / length;
  return Array.from({ length }, (_, i) => Array.from(elements.subarray(i * width, (i + 1) * width)) as Row);
}
