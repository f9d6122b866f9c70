import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code, type ConnectError } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import * as errors from "./errors.js";
import {
  FieldErrorSchema,
  IndexErrorSchema,
  NotFoundErrorSchema,
  RetryHintSchema,
  StateErrorSchema,
  StateReason,
} from "./gen/trailblazer/v1/error_pb.js";

const stateRemedies: Partial<Record<StateReason, string>> = {
  [StateReason.NOT_RESET]: "call reset() first",
  [StateReason.FINISHED]: "call reset(), or make the environment with autoreset",
};

const wrongServer = "check that the address is that of a Trailblazer server of the client's version";

/** Rebuilds the error that the server sent. */
export function fromConnect(error: ConnectError): errors.TrailblazerError {
  const message = error.rawMessage || codeToString(error.code);
  const details = { code: codeToString(error.code), cause: error };
  switch (error.code) {
    case Code.InvalidArgument:
    case Code.OutOfRange: {
      const field = error.findDetails(FieldErrorSchema)[0];
      return new errors.InvalidArgumentError(message, {
        ...details,
        field: field?.field ?? "",
        value: field?.value ?? "",
        remedy: field?.remedy ?? "",
      });
    }
    case Code.NotFound: {
      const missing = error.findDetails(NotFoundErrorSchema)[0];
      return missing?.kind === "session" || missing?.kind === "seat"
        ? new errors.SessionLostError(message, {
            ...details,
            remedy: "make the environment again; a longer leaseMs keeps idle sessions",
          })
        : new errors.NotFoundError(message, details, missing?.known);
    }
    case Code.FailedPrecondition: {
      const state = error.findDetails(StateErrorSchema)[0];
      const index = error.findDetails(IndexErrorSchema)[0];
      const remedy = (state && stateRemedies[state.reason]) ?? "";
      return new errors.OrderError(message, { ...details, remedy }, index?.expectedIndex);
    }
    case Code.ResourceExhausted: {
      const retryAfter = error.findDetails(RetryHintSchema)[0]?.retryAfter;
      return new errors.ResourceExhaustedError(message, details, retryAfter && durationMs(retryAfter));
    }
    case Code.Unauthenticated:
    case Code.PermissionDenied:
      return new errors.UnauthenticatedError(message, { ...details, remedy: "give Client.connect the server's token" });
    case Code.Unimplemented: {
      const state = error.findDetails(StateErrorSchema)[0];
      return new errors.UnsupportedError(message, state ? details : { ...details, remedy: wrongServer });
    }
    case Code.Unknown:
      return new errors.ServerError(message, { ...details, remedy: wrongServer });
    case Code.Unavailable:
      return new errors.UnavailableError(message, details);
    case Code.DeadlineExceeded:
      return new errors.DeadlineError(message, details);
    default:
      return new errors.ServerError(message, details);
  }
}
