import type { CertificateFault } from "#lib/domain/certificate-fault";

/** Where a provider listens, and what it shows: its own certificate, its authority's, or any trusted one. */
export type ProviderEndpoint = { address: string; path: string; certificatePem: string | null };

/**
 * Posts one signed request and gives the whole answer. Throws `ProviderError` when there is none: it
 * cannot be reached, it hangs, it shows another certificate, its answer is too long.
 */
export type CallProvider = (
  endpoint: ProviderEndpoint,
  request: { secret: string; key: string; body: string; deadlineMs: number; signal?: AbortSignal },
) => Promise<{ status: number; text: string }>;

/**
 * Asks an address for nothing but its status. Throws `ProviderError` where there is no answer.
 */
export type AskUrl = (
  endpoint: ProviderEndpoint,
  request: { deadlineMs: number; signal?: AbortSignal },
) => Promise<{ status: number }>;

/**
 * No answer that could be read. The message is for whoever entered the address; `told` is for everybody, and
 * names neither host nor address. `retryable`: another time it may come to more. `certificate`: how the
 * certificate that was shown does not do; null where it does, or where none came.
 */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly told: string;
  readonly retryable: boolean;
  readonly certificate: CertificateFault["kind"] | null;
  constructor(
    message: string,
    options: {
      retryable: boolean;
      /** Left out where the message is for everybody. */
      told?: string;
      certificate?: CertificateFault["kind"];
      cause?: unknown;
    },
  ) {
    super(message, { cause: options.cause });
    this.told = options.told ?? message;
    this.retryable = options.retryable;
    this.certificate = options.certificate ?? null;
  }
}
