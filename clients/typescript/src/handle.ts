/// <reference lib="esnext.disposable" preserve="true" />
import type { Session, Snapshot } from "./session.js";
import type { AutoresetMode, EnvironmentSpec, SessionInfo } from "./spec.js";

/** What a single environment and a vector have in common: a session on the server. */
export abstract class Handle {
  constructor(protected readonly session: Session) {}

  /** What the server declares: spaces, content hash, configuration, … */
  get spec(): EnvironmentSpec {
    return this.session.spec;
  }

  get sessionId(): string {
    return this.session.info.sessionId;
  }

  get autoresetMode(): AutoresetMode {
    return this.session.info.autoresetMode;
  }

  /** Returns the whole state. */
  snapshot(): Promise<Snapshot> {
    return this.session.snapshot();
  }

  /**
   * Keeps an unused session for another lease.
   *
   * @param leaseMs - the lease's new length in ms; absent to keep the present one
   */
  renewLease(leaseMs?: number): Promise<SessionInfo> {
    return this.session.renewLease(leaseMs);
  }

  /** Ends the session; the server keeps nothing of it. */
  close(): Promise<void> {
    return this.session.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
