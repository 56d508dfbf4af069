/** `waiting` is sent when its time has come; the others have ended, and can be sent once more. */
export const deliveryStates = ["waiting", "delivered", "given_up", "cancelled"] as const;
export type DeliveryState = (typeof deliveryStates)[number];

export const deliveryChannels = ["webhook", "email"] as const;

/**
 * What a person is told by: in the portal, by a mail of its own as well, by one mail a day as well, or
 * not at all.
 */
export const personalChannels = ["bell", "email", "digest", "off"] as const;
export type PersonalChannel = (typeof personalChannels)[number];

/** `standard`: signed JSON as standardwebhooks.com says; `slack`: one text, as chat programs take it. */
export const webhookForms = ["standard", "slack"] as const;
export type WebhookForm = (typeof webhookForms)[number];

const firstMs = 10_000;
const longestMs = 3_600_000;

/** For how long a message is tried. */
export const deliveryHours = 24;

/**
 * How long to wait after the n-th try that failed: 10 s, twice as long each time, an hour at most.
 * `random` in [0, 1) takes up to a tenth off, so that many do not come at the same moment.
 */
export function retryAfterMs(attempt: number, random: number): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.max(0, attempt - 1));
  return Math.round(full * (1 - random / 10));
}

export type Answer = { isDone: boolean; isFinal: boolean; words: string };

/**
 * What a receiver's answer means. Only 2xx is done. A 410 says that it wants no more, which is
 * final; everything else may be put right within the day.
 */
export function readAnswer(status: number): Answer {
  if (status >= 200 && status < 300) {
    return { isDone: true, isFinal: true, words: `It answered ${status}.` };
  }
  if (status === 410) {
    return { isDone: false, isFinal: true, words: "It answered 410: it wants no more messages." };
  }
  const words =
    status >= 300 && status < 400
      ? `It answered with a redirect (${status}), which is never followed.`
      : `It answered ${status}.`;
  return { isDone: false, isFinal: false, words };
}
