"use client";

import { FoldButton, useFolding } from "#components/environments/folding";
import { CodeBlock } from "#components/ui/code-block";
import { Panel } from "#components/ui/panel";
import { formatQuantity } from "#lib/client/format";
import type { Place } from "#lib/client/use-environment";
import { useLaunchUserData } from "#lib/client/use-launch-user-data";

type Form = Parameters<typeof useLaunchUserData>[1];

/** What nodes would find at their first boot, of the form as it stands: asked for when it is opened. */
export function UserDataPanel({ place, form }: { place: Place; form: Form }) {
  const { isOpen, setOpen } = useFolding(true);
  return (
    <Panel
      title="What cloud-init is told"
      description="At the first boot of the first node of each group, with what stands in this form. Secrets are hidden; addresses with a token, and what hooks give before that, come with the launch."
      padded={false}
      actions={<FoldButton what="user data" isOpen={isOpen} setOpen={setOpen} />}
    >
      {isOpen && <UserData place={place} form={form} />}
    </Panel>
  );
}

function UserData({ place, form }: { place: Place; form: Form }) {
  const { told, isError } = useLaunchUserData(place, form);
  const words = isError
    ? "It could not be asked for. It is asked again when something changes."
    : told
      ? told.against
      : "Loading…";
  if (words !== null) return <p className="px-4 py-3 text-muted text-sm">{words}</p>;
  return told?.groups.map((group) => (
    <div key={group.name} className="border-line border-b px-4 py-3 last:border-b-0">
      <p className="text-sm">
        <span className="font-mono">{group.name}</span>
        <span className="text-muted">
          , {formatQuantity(group.nodes, "node")}: {group.hostname}
        </span>
      </p>
      <CodeBlock className="mt-2" code={group.userData} label={`cloud-init of ${group.name}`} />
    </div>
  ));
}
