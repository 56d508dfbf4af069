import type { Database } from "#db/client";
import { noteProviderCall, type ProviderRow } from "#db/queries/providers";
import { providerPlace, unseal } from "#lib/access/sealed";
import { traced } from "#lib/config/trace";
import { hideInAnswer, type ProviderAnswer, readAnswer } from "#lib/domain/hook/answer";
import type { Id } from "#lib/domain/id";
import { type CallProvider, ProviderError } from "#lib/ports/provider";

export type ProviderTools = { db: Database; callProvider: CallProvider; privateKey: string };

/**
 * What is made of an answer; `isAnswer` where it was one by the contract, `callId` the call's number among all,
 * `call` among those of its run.
 */
export type Asked = ProviderAnswer & {
  isAnswer: boolean;
  durationMs: number;
  callId: number;
  call: number;
};

/**
 * Asks a provider once and keeps what came of it among its calls. What is no answer is `transient`
 * where another try may come to more, and `failed` where none will: a redirect, a certificate that is
 * not trusted, an address that is not allowed, a refusal.
 */
export async function askProvider(
  tools: ProviderTools,
  input: {
    provider: ProviderRow;
    /** What it is for; neither for a check. */
    hookRunId?: Id<"hookRun">;
    dryCallId?: Id<"dryCall">;
    key: string;
    body: string;
    deadlineMs: number;
    signal?: AbortSignal;
    /** Values of secrets that go with the question: they are hidden in what comes back. */
    secrets?: readonly string[];
  },
): Promise<Asked> {
  const { db, callProvider } = tools;
  const { provider, hookRunId, dryCallId, key, body, deadlineMs, signal, secrets = [] } = input;
  const began = performance.now();
  let answer: ProviderAnswer;
  let isAnswer = false;
  // What operators read of the call; the answer's reason is read by the tenant, too.
  let words: string | undefined;
  try {
    const secret = unseal(tools.privateKey, providerPlace(provider.id), provider.sealedSecret);
    const { address, path, certificatePem } = provider;
    const { status, text } = await traced(
      "ask provider",
      { "ingot.provider.id": provider.id },
      () =>
        callProvider(
          { address, path, certificatePem },
          { secret, key, body, deadlineMs, ...(signal ? { signal } : {}) },
        ),
    );
    const read = status >= 200 && status < 300 ? readAnswer(text, key) : undefined;
    isAnswer = read?.ok ?? false;
    answer = hideInAnswer(read?.ok ? read.value : noAnswer(status, read?.refusal), secrets);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const { certificate } = error;
    const advice = certificate
      ? `: ${certificateAdvice(certificate, provider.certificatePem !== null)}`
      : "";
    words = error.message + advice;
    answer = {
      ...{ kind: error.retryable ? "transient" : "failed", log: "" },
      reason: error.told + advice,
    };
  }
  const durationMs = Math.round(performance.now() - began);
  const noted = await noteProviderCall(db, {
    providerId: provider.id,
    hookRunId: hookRunId ?? null,
    dryCallId: dryCallId ?? null,
    durationMs,
    outcome: isAnswer ? answer.kind : "none",
    words: words ?? ("reason" in answer ? answer.reason : ""),
  });
  return { ...answer, isAnswer, durationMs, ...noted };
}

/** What to do about a certificate that does not do. @param isEntered Whether one was, to trust no other. */
function certificateAdvice(
  kind: NonNullable<ProviderError["certificate"]>,
  isEntered: boolean,
): string {
  switch (kind) {
    case "unknown":
      return isEntered
        ? "it shows another certificate; enter it under Providers"
        : "enter it, or its authority's, under Providers";
    case "other_host":
      return "have one made for the address that it is asked at, or enter this one itself under Providers";
    case "out_of_date":
      return "renew it, and enter the new one under Providers where the old one is entered";
  }
}

function noAnswer(status: number, why: string | undefined): ProviderAnswer {
  if (why !== undefined) return { kind: "transient", reason: why, log: "" };
  if (status >= 300 && status < 400) {
    const reason = `it answered with a redirect (${status}), which is never followed`;
    return { kind: "failed", reason, log: "" };
  }
  // Ours is the later question, unless the database was put back to what it had been before.
  if (status === 409) {
    const reason = "it answered 409: it knows a later question about this, or a release";
    return { kind: "failed", reason, log: "" };
  }
  if (status === 401) {
    const reason =
      "it answered 401: it does not know the secret that it is asked with; renew it under Providers";
    return { kind: "failed", reason, log: "" };
  }
  const isLater = status === 408 || status === 429 || status >= 500;
  return { kind: isLater ? "transient" : "failed", reason: `it answered ${status}`, log: "" };
}
