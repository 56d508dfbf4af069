import type { ProviderEndpoint } from "#lib/ports/provider";

/**
 * Posts one message to a webhook, signed as standardwebhooks.com says, and gives the whole answer.
 * `id` stays the same when the same message is sent once more. Throws `ProviderError` when there is
 * no answer.
 */
export type CallWebhook = (
  endpoint: ProviderEndpoint,
  message: { secret: string; id: string; body: string; deadlineMs: number; signal?: AbortSignal },
) => Promise<{ status: number; text: string }>;
