import { closeForsakenWindows } from "#db/queries/boot-windows";
import {
  type ClaimedDryCall,
  claimDryCalls,
  endDryCall,
  endDryScript,
  listDryOutputs,
  listForsaken,
  renewDryCall,
} from "#db/queries/dry-runs";
import { Fenced } from "#db/queries/operations";
import { findProvider, type ProviderRow } from "#db/queries/providers";
import type { Log } from "#lib/config/log";
import { whyNotDone } from "#lib/domain/hook/answer";
import { type DryAnswer, dryAnswerWords, forsakenWords } from "#lib/domain/hook/dry-run";
import { type Asked, askProvider, type ProviderTools } from "#lib/worker/hooks/ask-provider";
import { contextForCall } from "#lib/worker/hooks/call-context";
import type { Witness } from "#lib/worker/journal";

export type DryRunner = { poll: () => Promise<number>; stop: () => Promise<void> };

const callsAtOnce = 8;
/** As long as a hook's question may take. */
const callMs = 20_000;

/** What a call came to. */
type End = {
  answer: DryAnswer;
  words: string;
  outputs: Record<string, unknown> | null;
  log: string;
  durationMs: number | null;
};

/**
 * Makes the calls of dry runs under leases and fences, as runs of hooks are carried out: each provider
 * is first asked how it is, and asked further only when it says that it knows dry runs. One question is
 * asked of each; a worker that dies in it leaves it to the next, which asks with the same key. Scripts are
 * run by the operation on the node that is lent; what it leaves is ended here.
 */
export function createDryRunner(
  input: ProviderTools & { leaseMs: number; log: Log; witness?: Witness | undefined },
): DryRunner {
  const { db, leaseMs, log, witness = () => {} } = input;
  const running = new Set<Promise<void>>();
  const ending = new AbortController();

  async function poll(): Promise<number> {
    if (ending.signal.aborted) return 0;
    await endForsaken();
    const claimed = await claimDryCalls(db, { leaseMs, limit: callsAtOnce - running.size });
    for (const call of claimed) {
      const work = carry(call)
        .catch((error) => log.error({ error, dryCall: call.id }, "dry call let go"))
        .finally(() => running.delete(work));
      running.add(work);
    }
    return claimed.length;
  }

  async function endForsaken(): Promise<void> {
    await closeForsakenWindows(db);
    for (const { id, ...operation } of await listForsaken(db)) {
      const words = forsakenWords(operation);
      await db.transaction((tx) =>
        endDryScript(tx, id, { answer: "not_asked", words, outputs: null }),
      );
    }
  }

  async function carry(call: ClaimedDryCall): Promise<void> {
    const lost = new AbortController();
    const renewal = setInterval(() => {
      renewDryCall(db, call, leaseMs).then(
        (kept) => kept || lost.abort(),
        (error) => log.warn({ error, dryCall: call.id }, "lease not renewed"),
      );
    }, leaseMs / 3);
    const seen = { kind: "dry call" };
    try {
      witness("before_step", seen, call.name);
      const signal = AbortSignal.any([lost.signal, ending.signal]);
      const end = await take(call, signal);
      if (signal.aborted) throw new Fenced();
      witness("after_effect", seen, call.name);
      await db.transaction(async (tx) => {
        await endDryCall(tx, call, end);
        witness("before_commit", seen, call.name);
      });
      witness("after_commit", seen, call.name);
    } catch (error) {
      if (!(error instanceof Fenced)) throw error;
      log.info({ dryCall: call.id }, "an answer came too late and changes nothing");
    } finally {
      clearInterval(renewal);
    }
  }

  async function take(call: ClaimedDryCall, signal: AbortSignal): Promise<End> {
    if (call.leftMs <= 0) {
      return notAsked("Its dry run was not done in time: no worker came to it before its end.");
    }
    const { providerId } = call.definition;
    const provider = providerId ? await findProvider(db, providerId) : undefined;
    if (provider?.state !== "active") return notAsked("Its provider is retired or gone.");
    const deadlineMs = Math.max(1_000, Math.min(callMs, call.leftMs));
    const checked = await check(provider, deadlineMs, signal);
    if (!checked.isAnswer) return unanswered(checked);
    if (checked.kind !== "done" || !checked.knowsDryRuns) {
      return notAsked(
        `${provider.name} does not say that it knows dry runs, so it was only asked how it is. A provider of the kit says it by itself.`,
      );
    }
    const asked = await ask(call, provider, deadlineMs, signal);
    if (!asked.isAnswer) return unanswered(asked);
    const { log: said, durationMs } = asked;
    const why =
      asked.kind === "done"
        ? whyNotDone(call.input.event, call.definition.outputs, asked.outputs)
        : null;
    if (why) {
      const words = `The hook would fail: ${why}`;
      return { answer: "failed", words, outputs: null, log: said, durationMs };
    }
    return {
      answer: asked.kind,
      words: dryAnswerWords(asked),
      outputs: asked.kind === "done" ? asked.outputs : null,
      log: said,
      durationMs,
    };
  }

  function check(provider: ProviderRow, deadlineMs: number, signal: AbortSignal): Promise<Asked> {
    const key = `check.${provider.id}`;
    const body = JSON.stringify({ version: 1, key, event: "check" });
    return askProvider(input, { provider, key, body, deadlineMs, signal });
  }

  async function ask(
    call: ClaimedDryCall,
    provider: ProviderRow,
    deadlineMs: number,
    signal: AbortSignal,
  ): Promise<Asked> {
    const key = `${call.id}.0`;
    const { context, secrets } = await contextForCall(input, provider.id);
    const outputs = await listDryOutputs(db, call);
    const body = JSON.stringify({
      version: 1,
      key,
      dryRun: true,
      hook: call.name,
      point: call.point,
      attempt: 1,
      ...call.input,
      outputs,
      state: null,
      turn: 0,
      ...(context ? { context } : {}),
    });
    return askProvider(input, {
      ...{ provider, key, body, deadlineMs, signal },
      ...{ dryCallId: call.id, secrets },
    });
  }

  return {
    poll,
    stop: async () => {
      ending.abort();
      await Promise.allSettled(running);
    },
  };
}

function notAsked(words: string): End {
  return { answer: "not_asked", words, outputs: null, log: "", durationMs: null };
}

/** Of what is no answer by the contract there is nothing but the reason. */
function unanswered(asked: Asked): End {
  const why = "reason" in asked ? asked.reason.replace(/\.$/, "") : "";
  const words = `No answer that can be used: ${why}.`;
  return { answer: "none", words, outputs: null, log: "", durationMs: asked.durationMs };
}
