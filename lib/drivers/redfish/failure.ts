import { storable } from "#lib/domain/storable";
import { isRecord } from "#lib/drivers/redfish/resource-schemas";
import type { Answer } from "#lib/drivers/redfish/transport";
import { ControllerError } from "#lib/ports/controller";

/** Longest Retry-After that is believed. */
const longestRetryAfterMs = 10 * 60_000;

/** Statuses with which a service says that it does not have what was asked. */
const notThere = [404, 405, 410, 501];

export function isSuccess(answer: Answer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

export function isNotThere(answer: Answer): boolean {
  return notThere.includes(answer.status);
}

/**
 * What an answer that is no success means to a caller. `busyMessages` are the message ids with
 * which this controller says "later" under another status.
 */
export function failureOf(answer: Answer, busyMessages: readonly RegExp[]): ControllerError {
  const { status, request } = answer;
  const said = saidBy(answer);
  const what = `${status} to ${request.method} ${request.path}${said.text === "" ? "" : `: ${said.text}`}`;
  const isBusy =
    [409, 429, 503].includes(status) ||
    said.ids.some((id) => busyMessages.some((pattern) => pattern.test(id)));
  if (isBusy) {
    const retryAfterMs = readRetryAfter(answer.headers["retry-after"], Date.now());
    return new ControllerError("busy", what, {
      retryable: true,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
  if (isNotThere(answer)) return new ControllerError("unsupported", what, { retryable: false });
  return new ControllerError("rejected", what, { retryable: status >= 500 });
}

/** `Retry-After` in milliseconds from now: seconds or a date (RFC 9110, 10.2.3). */
function readRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header.trim())
    ? Number(header.trim()) * 1_000
    : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longestRetryAfterMs);
}

/** What firmware pads and cuts its words with, as JSON writes it: NUL, half a surrogate pair. */
const unstorable = /\\u0000|\\ud[89a-f]/i;

/** Parses JSON; its texts are such as can be stored. Reviving costs time, so only where it is needed. */
function parseJson(body: string): unknown {
  const text = storable(body);
  if (!unstorable.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_, value) => (typeof value === "string" ? storable(value) : value));
}

/** The parsed body. Throws `malformed` when it is not JSON. */
export function jsonOf(answer: Answer): unknown {
  try {
    return parseJson(answer.text);
  } catch (cause) {
    throw new ControllerError("malformed", `the answer to ${answer.request.path} is not JSON`, {
      retryable: false,
      cause,
    });
  }
}

/**
 * Messages of an extended error (DSP0266, 8.6): their ids, and the first one's words. Taken from
 * the evidence, since controllers quote what they were sent and an error's words are shown.
 */
function saidBy(answer: Answer): { ids: string[]; text: string } {
  let body: unknown;
  try {
    body = parseJson(answer.evidence);
  } catch {
    return { ids: [], text: "" };
  }
  const error = isRecord(body) && isRecord(body.error) ? body.error : {};
  const extended = error["@Message.ExtendedInfo"];
  const messages = (Array.isArray(extended) ? extended : [extended]).filter(isRecord);
  const words = [...messages.map((message) => message.Message), error.message].find(
    (text) => typeof text === "string" && text !== "",
  );
  return {
    ids: [...messages.map((message) => message.MessageId), error.code].filter(
      (id) => typeof id === "string",
    ),
    text: typeof words === "string" ? words.slice(0, 300) : "",
  };
}
