"use client";

import { FormMessage } from "#components/ui/form-message";
import { LogView } from "#components/ui/log-view";
import { Panel } from "#components/ui/panel";
import { SkeletonRows } from "#components/ui/skeleton";
import { type Place, useEnvironmentLog } from "#lib/client/use-environment";
import type { Id } from "#lib/domain/id";
import type { LogLine } from "#lib/schemas/environment-view";

/** What the workers, the boot server and the nodes themselves said, as they say it. */
export function EnvironmentLogPanel({
  place,
  id,
  inMotion,
}: {
  place: Place;
  id: Id<"environment">;
  inMotion: boolean;
}) {
  const { data, isError, isPending } = useEnvironmentLog(place, id, inMotion);
  return (
    <Panel
      title="Log"
      id="log"
      description="Lines from a node are told by the node itself during its first boot."
    >
      <FormMessage
        message={isError ? "The log could not be read just now. It is tried again." : undefined}
      />
      {isPending ? (
        <SkeletonRows label="Reading the log" rows={4} />
      ) : (
        <LogView
          label="Log of this environment"
          lines={(data?.lines ?? []).map(shown)}
          empty="No lines yet. They begin with the first step."
        />
      )}
    </Panel>
  );
}

const levels = { info: "info", warning: "warn", error: "error" } as const;

function shown(line: LogLine) {
  const speaker = line.source === "node" ? "node" : line.source === "boot" ? "boot" : null;
  return {
    id: String(line.id),
    at: line.at,
    level: levels[line.level],
    text: line.message,
    source: [line.hostname, speaker].filter(Boolean).join(" ") || null,
  };
}
