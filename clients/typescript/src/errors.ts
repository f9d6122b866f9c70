/** What an error says besides its message. */
export interface ErrorDetails {
  code?: string;
  field?: string;
  value?: string;
  remedy?: string;
  cause?: unknown;
}

/** Base of all errors of this package. Its message repeats field, value and remedy. */
export class TrailblazerError extends Error {
  override readonly name: string = "TrailblazerError";
  /** The Connect code of the server's answer ("invalid_argument"); empty where no server was involved. */
  readonly code: string;
  /** Path of the field that was refused ("action[0].data[17]"), or "". */
  readonly field: string;
  /** The refused value as text, or "". */
  readonly value: string;
  /** What to do instead, or "". */
  readonly remedy: string;

  constructor(message: string, details: ErrorDetails = {}) {
    const { code = "", field = "", value = "", remedy = "", cause } = details;
    let text = message;
    if (field && !text.includes(field)) {
      text += value ? ` (${field} = ${value})` : ` (${field})`;
    }
    if (remedy && !text.includes(remedy)) {
      text += `; ${remedy}`;
    }
    super(text, cause === undefined ? undefined : { cause });
    this.code = code;
    this.field = field;
    this.value = value;
    this.remedy = remedy;
  }
}

/** A config, seed or action was refused; nothing has changed. */
export class InvalidArgumentError extends TrailblazerError {
  override readonly name = "InvalidArgumentError";
}

/** The environment, scenario or session is unknown to the server. */
export class NotFoundError extends TrailblazerError {
  override readonly name: string = "NotFoundError";
  /** The names that exist, where the server said so. */
  readonly known: readonly string[];

  constructor(message: string, details?: ErrorDetails, known: readonly string[] = []) {
    super(message, details);
    this.known = known;
  }
}

/** The session is gone: it was closed, its lease ran out, or the server was started anew. */
export class SessionLostError extends NotFoundError {
  override readonly name = "SessionLostError";
}

/** A call came out of order, such as a step before the first reset; nothing has changed. */
export class OrderError extends TrailblazerError {
  override readonly name = "OrderError";
  /** The index that the server expects next, where it said so. */
  readonly expectedIndex: bigint | undefined;

  constructor(message: string, details?: ErrorDetails, expectedIndex?: bigint) {
    super(message, details);
    this.expectedIndex = expectedIndex;
  }
}

/** The server or the owner of the token has reached a limit. */
export class ResourceExhaustedError extends TrailblazerError {
  override readonly name = "ResourceExhaustedError";
  /** Milliseconds after which a retry may succeed, where the server said so. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details?: ErrorDetails, retryAfterMs?: number) {
    super(message, details);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The token is missing or wrong. */
export class UnauthenticatedError extends TrailblazerError {
  override readonly name = "UnauthenticatedError";
}

/** The server or the environment can't do this. */
export class UnsupportedError extends TrailblazerError {
  override readonly name = "UnsupportedError";
}

/** The server failed, or what answered is no Trailblazer server. */
export class ServerError extends TrailblazerError {
  override readonly name = "ServerError";
}

/** No server answers, after all retries. */
export class UnavailableError extends TrailblazerError {
  override readonly name = "UnavailableError";
}

/** The call took longer than its deadline; whether it ran is not known. */
export class DeadlineError extends TrailblazerError {
  override readonly name = "DeadlineError";
}
