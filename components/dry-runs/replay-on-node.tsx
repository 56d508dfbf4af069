"use client";

import { LendPanel } from "#components/dry-runs/lend-panel";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { RehearseHookInput, TakeBackNodeInput } from "#lib/schemas/dry-run";
import type { DryRunView } from "#lib/schemas/dry-run-view";

const words = {
  title: "Replays on a lent node",
  description:
    "A free node boots the image of the environment and runs the script as it was recorded, once, with the inputs, the action and the outputs of earlier hooks that the run had; then it is wiped and validated, however that ends. Config contexts of the template and the project it has as they are now, their secrets, too, which are hidden in what the script writes. Secret inputs it finds empty: their values are for the tenant's nodes alone. It joins no network of an environment, and nobody has a key to it.",
  act: "Lend it and replay the run",
  runs: "the script on it, as root, with the mark of a dry run",
};

type Props = {
  hookRunId: Id<"hookRun">;
  /** Free nodes of a type that it ran on, by name. */
  nodes: readonly { id: Id<"node">; name: string; nodeType: string }[];
  replays: readonly DryRunView[];
  /** Why it cannot be replayed now, or null. */
  against: string | null;
  /** Absent for those who may only look. */
  rehearse?: ((input: RehearseHookInput) => Promise<Result<unknown, Refusal>>) | undefined;
  takeBack?: ((input: TakeBackNodeInput) => Promise<Result<unknown, Refusal>>) | undefined;
};

/** The replays of a past run of a hook that runs on nodes, each on one that an operator lent. */
export function ReplayOnNode({ hookRunId, nodes, replays, against, rehearse, takeBack }: Props) {
  return (
    <LendPanel
      words={words}
      nodes={nodes}
      runs={replays}
      against={against}
      lend={rehearse && ((nodeId) => rehearse({ hookRunId, nodeId }))}
      takeBack={takeBack}
    />
  );
}
