import { maskSecrets, maskValue } from "#lib/domain/hook/mask";
import { missingOutputs } from "#lib/domain/hook/script";
import { ok, type Result, refuse } from "#lib/domain/result";
import { storable, storableValue } from "#lib/domain/storable";

// What a provider answers. Anything else is told in words, and nothing of it is kept.

export type ProviderAnswer =
  | {
      kind: "done";
      outputs: Record<string, unknown>;
      state: unknown;
      log: string;
      /** Said with the answer to a check: it knows dry runs, and changes nothing in one. */
      knowsDryRuns: boolean;
    }
  | { kind: "again"; afterSeconds: number; reason: string; state: unknown; log: string }
  | { kind: "failed"; reason: string; log: string }
  | { kind: "transient"; reason: string; log: string };

/** What a call came to: what was answered, or `none`, no answer that makes sense. */
export const callOutcomes = ["done", "again", "failed", "transient", "none"] as const;

/** What is kept of an answer at most, in characters of its JSON. */
export const longestKept = { outputs: 8_192, state: 16_384, log: 4_000, reason: 500 } as const;

/**
 * The answer with every value of these secrets hidden in it, its state too: what a provider gives back
 * is kept and shown, and its own secrets are sent with each question.
 */
export function hideInAnswer(answer: ProviderAnswer, secrets: readonly string[]): ProviderAnswer {
  if (secrets.length === 0) return answer;
  const log = maskSecrets(answer.log, secrets);
  const hide = (value: unknown) => maskValue(value, secrets);
  switch (answer.kind) {
    case "done": {
      const outputs = hide(answer.outputs) as Record<string, unknown>;
      return { ...answer, outputs, state: hide(answer.state), log };
    }
    case "again": {
      const reason = maskSecrets(answer.reason, secrets);
      return { ...answer, reason, state: hide(answer.state), log };
    }
    case "failed":
    case "transient":
      return { ...answer, reason: maskSecrets(answer.reason, secrets), log };
  }
}

/**
 * Why a hook that declares these outputs has failed although its provider says that it is done, as a
 * sentence; null where nothing is missing. What it gave besides is handed on all the same, and what takes
 * back what was made hands nothing on.
 */
export function whyNotDone(
  event: unknown,
  declared: readonly string[] = [],
  given: Readonly<Record<string, unknown>>,
): string | null {
  const missing = event === "destroy" ? [] : missingOutputs(declared, given);
  return missing.length === 0
    ? null
    : `Its provider said that it is done, without its outputs: ${missing.join(", ")}.`;
}

/** An hour between two questions at most, a second at least. */
const mostAfterSeconds = 3_600;

/**
 * Reads an answer to the request with this key. The refusal says in words what it was instead; an
 * answer with another key is an older one that was sent again.
 */
export function readAnswer(text: string, key: string): Result<ProviderAnswer, string> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    const isPage = /^\s*</.test(text);
    return refuse(
      isPage ? "it answered with a web page and not with JSON" : "its answer is not JSON",
    );
  }
  if (!isRecord(body)) return refuse("its answer is no JSON object");
  if (body.key !== key) {
    return refuse(
      body.key === undefined
        ? "its answer does not repeat the request's key"
        : "it answered to another request: its answer has another key",
    );
  }
  const log = sentence(body.log, longestKept.log);
  const { state = null } = body;
  if (isTooLong(state, longestKept.state)) {
    return refuse(`its state is longer than ${longestKept.state} characters`);
  }
  const reason = sentence(body.reason, longestKept.reason);
  switch (body.answer) {
    case "done": {
      const { outputs = {} } = body;
      if (!isRecord(outputs)) return refuse("its outputs are no JSON object");
      if (isTooLong(outputs, longestKept.outputs)) {
        return refuse(`its outputs are longer than ${longestKept.outputs} characters`);
      }
      return ok({
        kind: "done",
        outputs: storableValue(outputs) as Record<string, unknown>,
        state: storableValue(state),
        log,
        knowsDryRuns: body.dryRun === true,
      });
    }
    case "again": {
      const after = Number(body.after);
      if (!(after > 0)) return refuse('it answered "again" without saying after how many seconds');
      const afterSeconds = Math.min(mostAfterSeconds, Math.max(1, after));
      return ok({ kind: "again", afterSeconds, reason, state: storableValue(state), log });
    }
    case "failed":
    case "transient":
      return ok({ kind: body.answer, reason: reason || "it gave no reason", log });
    default:
      return refuse('its answer is none of "done", "again", "failed" and "transient"');
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTooLong(value: unknown, longest: number): boolean {
  return JSON.stringify(value).length > longest;
}

/** Text that can be kept and shown, cut to length; empty when it is no text. */
function sentence(value: unknown, longest: number): string {
  if (typeof value !== "string") return "";
  return storable(value)
    .replace(/[^\P{Cc}\n\t]/gu, "")
    .slice(0, longest)
    .trim();
}

/** How long to wait before the attempt after this one: doubled each time, five minutes at most. */
export function backoffMs(backoffSeconds: number, attempt: number): number {
  return Math.min(300, backoffSeconds * 2 ** Math.min(Math.max(attempt - 1, 0), 10)) * 1_000;
}
