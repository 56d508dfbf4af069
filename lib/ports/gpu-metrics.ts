import type { GpuSample } from "#lib/domain/telemetry/sample";

/** Where a node's telemetry is asked for. The address comes from the node's own record. */
export type GpuMetricsTarget = {
  nodeId: string;
  /** A literal IPv4 or IPv6 address; names are not resolved. */
  address: string;
  port: number;
};

export type GpuMetricsFailure =
  | "address_not_allowed"
  | "unreachable"
  | "timeout"
  | "rejected"
  | "redirected"
  | "too_large"
  | "malformed";

/**
 * What a telemetry source throws. The message is a sentence for people ("nothing listens on port
 * 9400"); `retryable` says whether asking again at the next interval can help.
 */
export class GpuMetricsError extends Error {
  override readonly name = "GpuMetricsError";
  readonly failure: GpuMetricsFailure;
  readonly retryable: boolean;

  constructor(
    failure: GpuMetricsFailure,
    message: string,
    options: { retryable: boolean; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.failure = failure;
    this.retryable = options.retryable;
  }
}

/**
 * Asks one node for the present state of its GPUs. An empty list means the node answered and had
 * nothing to say, which is not the same as idle. Throws only `GpuMetricsError`, except that an
 * aborted `signal` throws its reason.
 */
export type ScrapeGpus = (target: GpuMetricsTarget, signal: AbortSignal) => Promise<GpuSample[]>;
