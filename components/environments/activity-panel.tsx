import type { ReactNode } from "react";
import { EmptyState } from "#components/ui/empty-state";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { Tag } from "#components/ui/tag";
import type { ActivityEvent } from "#lib/schemas/environment-view";

const words: Record<string, string> = {
  "environment.launch": "launched",
  "environment.stop": "stopped",
  "environment.start": "started",
  "environment.restart": "restarted",
  "environment.reinstall": "reinstalled",
  "environment.upgrade": "upgraded",
  "environment.act": "pressed an action of",
  "environment.abort": "aborted what was being done to",
  "environment.retry": "tried again on",
  "environment.release": "released",
  "environment.take_nodes": "was given the nodes of",
  "environment.set_lease": "set the end of",
  "environment.change_keys": "changed the SSH keys of",
  "environment.change_inputs": "changed the inputs of",
  "project_key.add": "added the project key",
  "project_key.remove": "removed the project key",
  "project.create": "made the project",
  "project.set_role": "set the role of",
  "quota.set_project": "set the quota of",
  "image.share": "shared the image",
  "profile.share": "shared the profile",
  "template.share": "shared the template",
};

/** Who did what, newest first: from the audit log. */
export function ActivityPanel({
  events,
  actions,
  withObject,
}: {
  events: readonly ActivityEvent[];
  actions?: ReactNode;
  /** Names what it was done to: for lists over several things. */
  withObject?: boolean;
}) {
  return (
    <Panel title="Activity" id="activity" actions={actions}>
      {events.length === 0 ? (
        <EmptyState title="Nothing has been done yet">
          Every launch, stop and release is listed here with who did it.
        </EmptyState>
      ) : (
        <ol className="flex flex-col gap-1.5 text-sm">
          {events.map((event) => (
            <li key={event.id} className="flex flex-wrap items-baseline gap-x-1.5">
              <span className="font-medium">{event.actorName}</span>
              <span className="text-muted">{words[event.action] ?? event.action}</span>
              <span className="min-w-0 break-words">
                {withObject ? event.objectName : "this environment"}
              </span>
              {event.outcome === "denied" && <Tag>denied</Tag>}
              <span className="text-faint text-xs">
                <RelativeTime at={event.at} />
              </span>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}
