import type { HookRunRow } from "#db/queries/hook-runs";
import type { HookUntil } from "#lib/domain/hook/hook";
import { parseProviderUrl } from "#lib/domain/hook/provider-url";
import { secondsWords, urlHost } from "#lib/domain/hook/words";
import { type AskUrl, ProviderError } from "#lib/ports/provider";
import type { Turn } from "#lib/worker/hooks/turn";

/** One call takes no longer, however long its hook may. */
export const callMs = 20_000;

/** How long a call of a run may take now: never beyond the run's own end by more than a moment. */
export function callDeadlineMs({ deadlineAt }: Pick<HookRunRow, "deadlineAt">): number {
  return Math.min(callMs, Math.max(1_000, (deadlineAt?.getTime() ?? 0) - Date.now()));
}

/**
 * One question to the address that a wait waits for. An answer of the 2xx kind is the yes; any other, a
 * redirect among them, and none at all are a "not yet", until its time is over: then it has failed. So it
 * has at once where no later question can be answered: an address that may not be asked, a certificate
 * that is not trusted.
 */
export async function askUntil(
  askUrl: AskUrl,
  run: HookRunRow & { isExpired: boolean },
  { url, certificatePem }: HookUntil,
  signal: AbortSignal,
): Promise<Turn> {
  const { definition } = run;
  const host = urlHost(url);
  if (run.isExpired) {
    const last = run.words ? ` Last: ${run.words}` : "";
    const words = `${host} did not say yes within ${secondsWords(definition.seconds)}.${last}`;
    return { kind: "ended", state: "failed", words };
  }
  const parsed = parseProviderUrl(url);
  if (!parsed.ok) return { kind: "ended", state: "failed", words: parsed.refusal };
  const endpoint = { ...parsed.value, certificatePem: certificatePem || null };
  const ms = definition.backoffSeconds * 1_000;
  try {
    const { status } = await askUrl(endpoint, { deadlineMs: callDeadlineMs(run), signal });
    if (status >= 200 && status < 300) {
      return { kind: "ended", state: "succeeded", words: `${host} said yes.` };
    }
    return { kind: "waits", words: `${host} does not say yes yet: it answered ${status}`, ms };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (!error.retryable) return { kind: "ended", state: "failed", words: error.message };
    return { kind: "waits", words: `${host} does not say yes yet: ${error.message}`, ms };
  }
}
