import { Checkbox } from "#components/ui/checkbox";
import { Panel } from "#components/ui/panel";
import type { TemplateNetwork } from "#lib/domain/template/template";

/** How far environments of a template are set apart on the network. */
export function NetworkPanel({ start }: { start?: TemplateNetwork }) {
  return (
    <Panel
      title="Network"
      description="Drawn at launch from the pools of the site where the nodes stand, and given back at release. Without any of it, environments share what the site gives to all."
    >
      <div className="flex flex-col gap-3">
        <Checkbox
          name="isPrivate"
          label="A VLAN and a private prefix of its own"
          defaultChecked={start?.isPrivate}
        />
        <Checkbox
          name="hasPartition"
          label="An InfiniBand partition of its own"
          defaultChecked={start?.hasPartition}
        />
        <Checkbox
          name="publicAddresses"
          label="A public address for each node"
          defaultChecked={start?.publicAddresses === "per_node"}
        />
      </div>
    </Panel>
  );
}

/** What was chosen in the panel. */
export function networkOf(form: FormData): TemplateNetwork {
  return {
    isPrivate: form.has("isPrivate"),
    hasPartition: form.has("hasPartition"),
    publicAddresses: form.has("publicAddresses") ? "per_node" : "none",
  };
}
