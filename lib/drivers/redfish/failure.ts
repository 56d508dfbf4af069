import { storable } from "#lib/domain/storable";
import { messageIds } from "#lib/drivers/redfish/quirks";
import { isRecord } from "#lib/drivers/redfish/resource-schemas";
import type { Answer } from "#lib/drivers/redfish/transport";
import { ControllerError } from "#lib/ports/controller";

/** Longest Retry-After that is believed. */
const longestRetryAfterMs = 10 * 60_000;

/** Statuses with which a service says that it does not have what was asked. */
const notThere = [404, 405, 410, 501];

/**
 * Whether an answer is what was asked for. A status of success is not enough: some controllers send
 * it with an error alone, of a refusal as of a success, and only its messages tell which.
 */
export function isSuccess(answer: Answer): boolean {
  return hasGoodStatus(answer) && !isRefusal(answer);
}

function hasGoodStatus({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

/** What a body has that is nothing but an error; older ones say the same twice. */
const errorMembers = ["error", "Messages", "Type"];

/** Whether a body is an error and nothing else that refuses, or is no answer to, its request. */
function isRefusal(answer: Answer): boolean {
  if (!answer.text.includes('"error"')) return false;
  const body = bodyOf(answer);
  if (!isRecord(body) || !isRecord(body.error)) return false;
  // A resource that some of which failed is told all the same.
  if (Object.keys(body).some((key) => !errorMembers.includes(key))) return false;
  const messages = messagesOf(body.error).filter((message) => !saysTaken(message));
  // Whoever asks to read is given nothing by any of them. A task's end may be read as "taken".
  return answer.request.method === "GET" ? messages.length > 0 : messages.some(refuses);
}

function saysTaken(message: Record<string, unknown>): boolean {
  return messageIds.taken.ids.test(idOf(message) ?? "");
}

/** Whether a message says no: by its severity, or by its id where it tells none. */
function refuses(message: Record<string, unknown>): boolean {
  const severity = message.MessageSeverity ?? message.Severity;
  return typeof severity === "string"
    ? severity.toLowerCase() !== "ok"
    : messageIds.refused.ids.test(idOf(message) ?? "");
}

/** Whether a message of an answer has an id that one of the patterns names. */
export function saysAny(answer: Answer, ids: readonly RegExp[]): boolean {
  return saidBy(answer).ids.some((id) => ids.some((pattern) => pattern.test(id)));
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
  const isBusy = [409, 429, 503].includes(status) || saysAny(answer, busyMessages);
  if (isBusy) {
    const retryAfterMs = readRetryAfter(answer.headers["retry-after"], Date.now());
    return new ControllerError("busy", what, {
      retryable: true,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
  const isGone = hasGoodStatus(answer) && said.ids.some((id) => messageIds.notThere.ids.test(id));
  if (isGone || isNotThere(answer)) {
    return new ControllerError("unsupported", what, { retryable: false });
  }
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
  const body = bodyOf(answer);
  const error = isRecord(body) && isRecord(body.error) ? body.error : {};
  const messages = messagesOf(error);
  const ids = messages.map(idOf).filter((id) => id !== null);
  // Some tell a message by its id alone, and say of the error only where to look.
  const words = [...messages.map((message) => message.Message), ids[0], error.message].find(
    (text) => typeof text === "string" && text !== "",
  );
  return {
    ids: typeof error.code === "string" ? [...ids, error.code] : ids,
    text: typeof words === "string" ? words.slice(0, 300) : "",
  };
}

function bodyOf(answer: Answer): unknown {
  try {
    return parseJson(answer.evidence);
  } catch {
    return null;
  }
}

function messagesOf(error: Record<string, unknown>): Record<string, unknown>[] {
  const extended = error["@Message.ExtendedInfo"];
  const told = (Array.isArray(extended) ? extended : [extended]).filter(isRecord);
  return told.length > 0 ? told : [{ MessageId: error.code, Message: error.message }];
}

/** Older services spell it in their own way. */
function idOf({ MessageId, MessageID }: Record<string, unknown>): string | null {
  const id = MessageId ?? MessageID;
  return typeof id === "string" ? id : null;
}
