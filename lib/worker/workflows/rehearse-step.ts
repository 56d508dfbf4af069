import {
  beginDryScript,
  endDryScript,
  listOpenCalls,
  type RehearsedCall,
} from "#db/queries/dry-runs";
import { dryScriptEnd } from "#lib/domain/hook/dry-run";
import type { NodeContext } from "#lib/worker/context";
import { carryScript } from "#lib/worker/hooks/carry-script";
import type { Step, StepOutcome } from "#lib/worker/workflow";

/**
 * Has the scripts of a dry run run on the node, one after the other and each once, as those of hooks
 * are; what providers before one of them are asked comes first. Each has a time of its own. Whatever
 * they come to is told of them, and is no failure of the node's.
 */
export const rehearse: Step<NodeContext> = {
  name: "rehearse",
  run: async (context) => {
    for (;;) {
      const open = await listOpenCalls(context.db, context.operation.id);
      const [next] = open;
      if (!next || !open.some((call) => call.isScript)) {
        return { kind: "done", detail: "Every script of the dry run has ended" };
      }
      const waiting = next.isScript ? await carry(context, next) : wait(context, askedFirst(next));
      if (waiting) return waiting;
    }
  },
};

/** What a node waits for while a provider is asked. */
export function askedFirst({ name }: Pick<RehearsedCall, "name">): string {
  return `the provider of hook ${name} to be asked`;
}

/** One look at a script; undefined when it has ended. */
async function carry(context: NodeContext, call: RehearsedCall): Promise<StepOutcome | undefined> {
  const { db, operation } = context;
  const { isExpired } = await beginDryScript(db, call.id);
  const hostname = operation.input?.rehearsal?.hostname ?? operation.id;
  const turn = await carryScript(
    db,
    // Once, as a provider is asked once.
    { definition: { ...call.definition, kind: "script", retries: 0 }, attempt: 0, isExpired },
    { dryCallId: call.id },
    [{ operationId: operation.id, allocationId: null, hostname, isOff: false }],
  );
  if (turn.kind === "waits") return wait(context, `hook ${call.name}: ${turn.words}`, turn.ms);
  await context.hold.confirm();
  await db.transaction((tx) =>
    endDryScript(tx, call.id, {
      ...dryScriptEnd(call.definition, { ...turn, isExpired }),
      outputs: turn.change?.outputs ?? null,
    }),
  );
  return undefined;
}

/** The end of a script or of a question wakes the operation; this is for a node that nobody tells. */
function wait({ settings }: NodeContext, reason: string, ms: number | null = null): StepOutcome {
  return {
    kind: "wait",
    reason,
    retryAfterMs: ms ?? Math.max(2_000, settings.pollMs),
    isHeld: true,
  };
}
