"use client";

import { kindOf } from "#components/environments/environment-state";
import { StateGlyph, stateColors } from "#components/ui/state-text";
import { classNames } from "#lib/client/class-names";
import { stateParts, type ToldEnvironment } from "#lib/client/state-sentence";
import { useNow } from "#lib/client/use-now";

/**
 * An environment's state as one sentence: "Provisioning · 2 min · step 4 of 8 on 2 nodes · …".
 * `nowMs` is the server's clock where the caller knows it; else the browser's own is taken.
 */
export function StateLine({
  environment,
  nowMs,
  className,
}: {
  environment: ToldEnvironment;
  nowMs?: number | null;
  className?: string;
}) {
  const here = useNow(1_000);
  const [state, ...rest] = stateParts(environment, nowMs ?? here);
  const kind = kindOf(environment);
  return (
    <p className={classNames("flex items-baseline gap-2 text-sm", className)}>
      <StateGlyph kind={kind} className="self-start mt-[5px]" />
      <span className="min-w-0 break-words text-muted">
        <span className={classNames("font-medium", stateColors[kind])}>{state}</span>
        {rest.map((part) => ` · ${part}`).join("")}
      </span>
    </p>
  );
}
