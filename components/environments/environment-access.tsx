"use client";

import type { ReactNode } from "react";
import { CommandBlock } from "#components/ui/code-block";
import { PagedFoot, usePaged } from "#components/ui/paged";
import { Panel } from "#components/ui/panel";
import type { EnvironmentDetail } from "#lib/schemas/environment-view";

const pageSize = 16;

/** How to get in: one SSH command per node, and below it the keys that open them. */
export function EnvironmentAccess({
  environment,
  children,
}: {
  environment: EnvironmentDetail;
  children: ReactNode;
}) {
  const { defaultUser } = environment.image;
  const reachable = environment.nodeList.flatMap(({ node, hostname }) =>
    node?.address && node.lifecycle === "active"
      ? [{ hostname, command: `ssh ${defaultUser}@${node.address}` }]
      : [],
  );
  const { shown, paged } = usePaged(reachable, pageSize);
  return (
    <Panel title="Access" id="access">
      <div className="flex flex-col gap-4">
        {reachable.length === 0 ? (
          <p className="text-muted text-sm">
            No node can be signed in to now.{" "}
            {environment.state === "stopped"
              ? "Start the environment: each node's SSH command appears when it has phoned home."
              : "Each node's SSH command appears here when it has phoned home."}
          </p>
        ) : (
          <>
            <div className="grid gap-3 lg:grid-cols-2">
              {shown.map(({ hostname, command }) => (
                <CommandBlock
                  key={hostname}
                  label={`Sign in to ${hostname}`}
                  labelShown
                  command={command}
                />
              ))}
            </div>
            <PagedFoot noun="Nodes" paged={paged} className="" />
          </>
        )}
        {children}
      </div>
    </Panel>
  );
}
