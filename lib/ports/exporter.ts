/** Where an exporter of a node is asked. The address comes from the node's own record. */
export type ExporterTarget = {
  nodeId: string;
  /** A literal IPv4 or IPv6 address; names are not resolved. */
  address: string;
  port: number;
};

/** How long is waited for an exporter: `long` for one that is known to answer slowly. */
export type Patience = "usual" | "long";

export type ExporterFailure =
  | "address_not_allowed"
  | "unreachable"
  | "timeout"
  | "rejected"
  | "redirected"
  | "too_large"
  | "malformed";

/**
 * What asking an exporter throws. The message is a sentence for people ("nothing listens on port
 * 9400"); `retryable` says whether asking again at the next interval can help.
 */
export class ExporterError extends Error {
  override readonly name = "ExporterError";
  readonly failure: ExporterFailure;
  readonly retryable: boolean;

  constructor(
    failure: ExporterFailure,
    message: string,
    options: { retryable: boolean; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.failure = failure;
    this.retryable = options.retryable;
  }
}
