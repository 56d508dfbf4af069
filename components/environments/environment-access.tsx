import { CommandBlock } from "#components/ui/code-block";
import { Panel } from "#components/ui/panel";
import type { EnvironmentDetail } from "#lib/schemas/environment-view";

/** How to get in: one SSH command per node, and the keys that open them. */
export function EnvironmentAccess({ environment }: { environment: EnvironmentDetail }) {
  const { defaultUser } = environment.image;
  const reachable = environment.nodeList.flatMap(({ node, hostname }) =>
    node?.address && node.lifecycle === "active"
      ? [{ hostname, command: `ssh ${defaultUser}@${node.address}` }]
      : [],
  );
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
          <div className="grid gap-3 lg:grid-cols-2">
            {reachable.map(({ hostname, command }) => (
              <CommandBlock
                key={hostname}
                label={`Sign in to ${hostname}`}
                labelShown
                command={command}
              />
            ))}
          </div>
        )}
        <div>
          <h3 className="mb-1 font-medium text-sm">Keys put on the nodes at launch</h3>
          <ul className="text-sm">
            {environment.keys.map((key) => (
              <li key={key.fingerprint} className="flex flex-wrap gap-x-2">
                <span>{key.name}</span>
                <code className="break-all font-mono text-faint text-xs">{key.fingerprint}</code>
              </li>
            ))}
          </ul>
        </div>
      </div>
    </Panel>
  );
}
