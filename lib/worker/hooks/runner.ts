import { sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import {
  cancelUseless,
  claimHookRuns,
  commitHookRun,
  type HookRunRow,
  listOutputs,
  listUseless,
  renewHookRun,
  sayOfRun,
  settleHookRun,
} from "#db/queries/hook-runs";
import { notifyOfApproval } from "#db/queries/notify-of-approval";
import { Fenced, wakeOperations } from "#db/queries/operations";
import {
  findProvider,
  listRequestedChecks,
  type ProviderRow,
  settleCheck,
} from "#db/queries/providers";
import { endOpenScripts, listScriptPlaces } from "#db/queries/script-runs";
import { sealInputs } from "#lib/boot/sealed-inputs";
import type { Log } from "#lib/config/log";
import { backoffMs, whyNotDone } from "#lib/domain/hook/answer";
import { isLaterPoint, runsOnNodes } from "#lib/domain/hook/script";
import { answerEntry, longestAnswers, withMore } from "#lib/domain/hook/script-log";
import { approverWords } from "#lib/domain/hook/words";
import type { Id } from "#lib/domain/id";
import type { AskUrl } from "#lib/ports/provider";
import { askProvider, type ProviderTools } from "#lib/worker/hooks/ask-provider";
import { askUntil, callDeadlineMs, callMs } from "#lib/worker/hooks/ask-until";
import { contextForCall } from "#lib/worker/hooks/call-context";
import { carryScript } from "#lib/worker/hooks/carry-script";
import type { Turn } from "#lib/worker/hooks/turn";
import type { Witness } from "#lib/worker/journal";
import { tracedTurn } from "#lib/worker/spans";
import { environmentSecrets } from "#lib/worker/workflows/seed-values";

export type HookRunner = { poll: () => Promise<number>; stop: () => Promise<void> };

const runsAtOnce = 16;

/**
 * Carries out the runs of hooks under leases and fences, as operations are carried out, and asks
 * providers how they are. A worker that dies in a call leaves the run to the next, which asks again
 * with the same key. No transaction is open while a provider is asked.
 */
export function createHookRunner(
  input: ProviderTools & {
    askUrl: AskUrl;
    /** What the boot server opens sealed values with. */
    bootSecret: string;
    leaseMs: number;
    log: Log;
    witness?: Witness | undefined;
  },
): HookRunner {
  const { db, leaseMs, log, witness = () => {} } = input;
  const running = new Set<Promise<void>>();
  const checking = new Set<string>();
  const ending = new AbortController();

  async function poll(): Promise<number> {
    if (ending.signal.aborted) return 0;
    await endUseless();
    const claimed = await claimHookRuns(db, { leaseMs, limit: runsAtOnce - running.size });
    for (const run of claimed) {
      const work = carry(run)
        .catch((error) => log.error({ error, hookRun: run.id }, "hook run let go"))
        .finally(() => running.delete(work));
      running.add(work);
    }
    for (const provider of await listRequestedChecks(db)) {
      if (checking.has(provider.id)) continue;
      checking.add(provider.id);
      const work = check(provider)
        .catch((error) => log.error({ error, provider: provider.id }, "check failed"))
        .finally(() => {
          running.delete(work);
          checking.delete(provider.id);
        });
      running.add(work);
    }
    return claimed.length;
  }

  /** Ends what nothing waits for any more, a hook together with its scripts. */
  async function endUseless(): Promise<void> {
    const useless = await listUseless(db);
    if (useless.length === 0) return;
    await db.transaction(async (tx) => {
      // Scripts before their hook, in the order in which the boot server locks them.
      await endOpenScripts(tx, { hookRunIds: useless });
      await cancelUseless(tx, useless);
    });
  }

  /** Asks a provider how it is: a call like any other, about nothing. */
  async function check(provider: ProviderRow): Promise<void> {
    const key = `check.${provider.id}`;
    const body = JSON.stringify({ version: 1, key, event: "check" });
    try {
      await askProvider(input, { provider, key, body, deadlineMs: callMs, signal: ending.signal });
    } finally {
      await settleCheck(db, provider);
    }
  }

  async function carry(run: HookRunRow & { isExpired: boolean }): Promise<void> {
    const lost = new AbortController();
    const renewal = setInterval(() => {
      renewHookRun(db, run, leaseMs).then(
        (kept) => kept || lost.abort(),
        (error) => log.warn({ error, hookRun: run.id }, "lease not renewed"),
      );
    }, leaseMs / 3);
    const seen = { kind: "hook" };
    const again = run.definition.kind === "wait" ? run.attempt : run.turn;
    const step = again > 0 ? `${run.name}.${again}` : run.name;
    try {
      witness("before_step", seen, step);
      const signal = AbortSignal.any([lost.signal, ending.signal]);
      const turn = await tracedTurn(run, () => take(run, signal));
      if (signal.aborted) throw new Fenced();
      witness("after_effect", seen, step);
      await db.transaction(async (tx) => {
        await commit(tx, run, turn);
        witness("before_commit", seen, step);
      });
      witness("after_commit", seen, step);
    } catch (error) {
      if (!(error instanceof Fenced)) throw error;
      // Taken over, or ended by an abort, a release or a decision: what came of it is not kept.
      log.info({ hookRun: run.id }, "an answer came too late and changes nothing");
    } finally {
      clearInterval(renewal);
    }
  }

  /** One look at a run: a question to its provider, or whether its time has come. */
  async function take(
    run: HookRunRow & { isExpired: boolean },
    signal: AbortSignal,
  ): Promise<Turn> {
    const { definition, deadlineAt } = run;
    if (definition.kind === "approval") {
      const who = approverWords(definition.approvers);
      if (!run.isExpired)
        return { kind: "waits", words: `waits for a decision by ${who}`, ms: null };
      return { kind: "ended", state: "failed", words: `It was not decided in time by ${who}.` };
    }
    if (definition.kind === "wait" && definition.until) {
      return askUntil(input.askUrl, run, definition.until, signal);
    }
    if (runsOnNodes(definition)) {
      const { id: hookRunId, tenantId, projectId, environmentId } = run;
      const owner = { hookRunId, tenantId, projectId, environmentId };
      const places = await listScriptPlaces(db, run);
      const secrets = () => sealerFor(environmentId);
      return carryScript(db, run, owner, places, isLaterPoint(run.point) ? { secrets } : undefined);
    }
    if (definition.kind === "wait") {
      if (run.isExpired) return { kind: "ended", state: "succeeded", words: "Its time is over." };
      return { kind: "waits", words: `waits until ${deadlineAt?.toISOString()}`, ms: null };
    }
    if (run.isExpired) {
      const last = run.words ? ` Last: ${run.words}` : "";
      const words = `It was not done within ${definition.seconds} seconds.${last}`;
      return { kind: "ended", state: "failed", words };
    }
    return ask(run, signal);
  }

  /** Its nodes are handed over, with the windows gone that had sealed what is hidden in what they send. */
  async function sealerFor(environmentId: Id<"environment">) {
    const settings = { credentialPrivateKey: input.privateKey };
    const values = await environmentSecrets({ db, settings }, environmentId);
    const hasSome = Object.keys(values).length > 0;
    return (id: Id<"scriptRun">) => (hasSome ? sealInputs(input.bootSecret, id, values) : null);
  }

  async function ask(run: HookRunRow, signal: AbortSignal): Promise<Turn> {
    const { definition, turn } = run;
    const { providerId } = definition;
    const provider = providerId ? await findProvider(db, providerId) : undefined;
    if (provider?.state !== "active") {
      return { kind: "ended", state: "failed", words: "Its provider is retired." };
    }
    const key = `${keyOf(run)}.${turn}`;
    const { context, secrets } = await contextForCall(input, provider.id);
    const body = JSON.stringify({
      version: 1,
      key,
      hook: run.name,
      point: run.point,
      attempt: run.attempt + 1,
      ...run.input,
      outputs: await listOutputs(db, run.environmentId),
      state: run.saved,
      turn,
      ...(context ? { context } : {}),
    });
    const answer = await askProvider(input, {
      provider,
      hookRunId: run.id,
      key,
      body,
      secrets,
      deadlineMs: callDeadlineMs(run),
      signal,
    });
    const answeredBy = answer.callId;
    const wrote = answerEntry(answer);
    const later = (attempt: number): Turn => {
      const ms = backoffMs(definition.backoffSeconds, attempt);
      const words = "reason" in answer ? answer.reason : "";
      return { kind: "waits", words, ms, change: { log: wrote, attempt } };
    };
    // What a launch made stays until its provider says that it is gone: only its own yes or no ends an undo
    // before its time.
    const isHeard = answer.isAnswer && answer.kind !== "transient";
    if (run.input.event === "destroy" && !isHeard) return later(run.attempt + 1);
    switch (answer.kind) {
      case "done": {
        const { outputs, state: saved } = answer;
        const change = { saved, answeredBy, turn: turn + 1, log: wrote };
        const why = whyNotDone(run.input.event, definition.outputs, outputs);
        // It has answered, and would say the same again.
        if (why) return { kind: "ended", state: "failed", words: why, change };
        return { kind: "ended", state: "succeeded", words: "done", change: { ...change, outputs } };
      }
      case "again": {
        const change = { saved: answer.state, answeredBy, turn: turn + 1, log: wrote, attempt: 0 };
        const words = answer.reason || "its provider is not done yet";
        return { kind: "waits", words, ms: answer.afterSeconds * 1_000, change };
      }
      case "failed":
        return {
          kind: "ended",
          state: "failed",
          words: answer.reason,
          // A no by the contract is an answer that was kept: asked again, it is another question.
          change: {
            ...{ log: wrote, attempt: run.attempt + 1 },
            ...(answer.isAnswer ? { turn: turn + 1 } : {}),
          },
        };
      case "transient": {
        const attempt = run.attempt + 1;
        if (attempt <= definition.retries) return later(attempt);
        const words = `${answer.reason} (tried ${attempt === 1 ? "once" : `${attempt} times`})`;
        return { kind: "ended", state: "failed", words, change: { log: wrote, attempt } };
      }
    }
  }

  async function commit(tx: Transaction, run: HookRunRow, turn: Turn): Promise<void> {
    const { kind, words } = turn;
    const { log: wrote = "", ...kept } = turn.change ?? {};
    const change = wrote ? { ...kept, ...withMore(run, wrote, longestAnswers) } : kept;
    if (kind === "ended") {
      // Scripts before their hook, in the order in which the boot server locks them.
      if (runsOnNodes(run.definition)) await endOpenScripts(tx, { hookRunIds: [run.id] });
      const row = await commitHookRun(tx, run, {
        ...change,
        state: turn.state,
        words,
        finishedAt: sql`now()`,
      });
      return settleHookRun(tx, row);
    }
    // Not beyond its deadline, at which it is looked at last.
    const next =
      turn.ms === null
        ? sql`deadline_at`
        : sql`least(deadline_at, now() + ${`${Math.round(turn.ms)} milliseconds`}::interval)`;
    // A node may have reported after this looked and before it waits: whoever notes that moves run_after.
    const unchanged = sql`date_trunc('milliseconds', run_after) = ${run.runAfter}`;
    const row = await commitHookRun(tx, run, {
      ...change,
      state: "waiting",
      words,
      runAfter: sql`case when ${unchanged} then ${next} else run_after end`,
    });
    if (run.words === words) return;
    await sayOfRun(tx, row, words);
    if (row.definition.kind === "approval") await notifyOfApproval(tx, row);
    // So that the nodes that wait for it say what for.
    await wakeOperations(tx, sql`parent_id = ${row.operationId}`);
  }

  return {
    poll,
    stop: async () => {
      // A call that is broken off is made again, with the same key, by whoever comes next.
      ending.abort();
      await Promise.allSettled(running);
    },
  };
}

/** What a question is known by: its run, or for a hook that runs once in an environment's life that hook. */
function keyOf({ id, environmentId, name, definition }: HookRunRow): string {
  return definition.executeOnce ? `${environmentId}-${name}` : id;
}
