import type { DeliveryRow, Tried } from "#db/queries/deliveries";
import { retryAfterMs } from "#lib/domain/notification/delivery";

// What one try came to, as it is written down.

export const again = ({ attempt }: DeliveryRow) => ({
  state: "waiting" as const,
  afterMs: retryAfterMs(attempt, Math.random()),
});

export const untold = (words: string) => ({ words, status: null, tookMs: null });

export const ended = (state: "given_up" | "cancelled", words: string): Tried => ({
  ...{ state, ...untold(words) },
});

export const cancelled = (words: string) => ended("cancelled", words);

/** An error's message as a sentence. */
export function sentence({ message }: Error): string {
  const text = message.slice(0, 300);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;
}
