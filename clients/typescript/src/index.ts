/**
 * Client of Trailblazer servers, for Node and browsers.
 *
 * {@link Client} opens environments: {@link Env} is one, {@link VectorEnv} N of
 * them. {@link Policy} is one of the server's, asked what to do. {@link Space} declares what their values look like. Everything that can
 * go wrong is a {@link TrailblazerError}.
 *
 * @packageDocumentation
 */
export type { ActionValue, Numbers } from "./action.js";
export {
  type CcAction,
  type CcFeature,
  type CcInfo,
  type CcInfos,
  type CcManifest,
  ccManifest,
  type CcMeasured,
  type CcObservation,
  type CcPacket,
  type CcPacketLog,
  type CcPackets,
  type CcPacketsOfAll,
  type CcReport,
  type CcResult,
  type CcRows,
  type CcSent,
  packetLog,
  rawFeature,
  rawFeatures,
} from "./cc.js";
export {
  type CjsAction,
  type CjsActions,
  type CjsInfo,
  type CjsInfos,
  type CjsList,
  type CjsMasks,
  type CjsMasksOfAll,
  type CjsObservation,
  type CjsObservations,
  drawAction,
  type LegalActions,
  legalActions,
  legalActionsOfAll,
} from "./cjs.js";
export { Client, type DescribeOptions, type MakeOptions, type MakeVectorOptions, type RecordOptions } from "./client.js";
export type { DType, TypedArray } from "./dtype.js";
export { Env, type ResetOptions, type ResetResult, type Shown, type StepResult } from "./env.js";
export * from "./errors.js";
export { type ActOptions, Policy, type PolicyInfo, type PolicyOptions, type Seen } from "./policy.js";
export type { ConnectOptions } from "./rpc.js";
export type { Seed } from "./seed.js";
export type { Snapshot } from "./session.js";
export type {
  BoxSpace,
  DictSpace,
  DiscreteSpace,
  Feature,
  GraphSpace,
  MultiBinarySpace,
  MultiDiscreteSpace,
  SequenceSpace,
  Space,
  TupleSpace,
} from "./space.js";
export type { AutoresetMode, Environment, EnvironmentSpec, JsonObject, Scenario, SessionInfo } from "./spec.js";
export type { BatchValue, BatchValues, Graph, Sequence, Value, Values } from "./value.js";
export {
  type BatchShown,
  type FinalShown,
  VectorEnv,
  type VectorResetOptions,
  type VectorResetResult,
  type VectorStepResult,
} from "./vector.js";
