"use client";

import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { KeyValueList } from "#components/ui/key-value-list";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { StateText } from "#components/ui/state-text";
import { textOf } from "#lib/client/form-values";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { SetNodePortInput } from "#lib/schemas/network";

export type NodePort = {
  /** What the site joins its nodes with; null: nothing of ours. */
  driver: string | null;
  port: string | null;
  wantedVlan: number | null;
  isChanging: boolean;
  seenVlans: number[] | null;
  seenAt: string | null;
  drift: string | null;
  driftSince: string | null;
};

type Props = {
  node: { id: Id<"node">; name: string };
  network: NodePort;
  /** Absent for those who may only look. */
  set?: (input: SetNodePortInput) => Promise<Result<unknown, Refusal>>;
};

/** What joins a node to tenants' networks: wanted beside what was read back. */
export function NodePortPanel({ node, network, set }: Props) {
  return (
    <Panel
      title="Network port"
      description={
        network.driver
          ? `Set by ${network.driver}.`
          : "The site has no network driver: its own people join nodes to networks."
      }
      actions={
        set && (
          <FormDialog
            trigger={<Button size="sm">Set port</Button>}
            title={`Port of ${node.name}`}
            description="The one that carries tenants' networks, not the one that the node boots from."
            submitLabel="Save"
            pendingLabel="Saving…"
            send={(form) => set({ nodeId: node.id, port: textOf(form, "port") })}
          >
            {(errorOf) => (
              <Field
                label="Port"
                optional
                error={errorOf("port")}
                hint="As the site's network driver calls it. Empty: none."
              >
                <Input
                  mono
                  name="port"
                  maxLength={100}
                  defaultValue={network.port ?? ""}
                  autoComplete="off"
                />
              </Field>
            )}
          </FormDialog>
        )
      }
    >
      <KeyValueList
        columns={2}
        items={[
          { label: "Port", value: network.port ?? "none is entered" },
          { label: "Should carry", value: vlans(network.wantedVlan ? [network.wantedVlan] : []) },
          { label: "State", value: stateOf(network) },
          {
            label: "Carries",
            value: network.seenVlans && vlans(network.seenVlans),
            hint: network.seenAt && (
              <>
                read back <RelativeTime at={network.seenAt} />
              </>
            ),
          },
        ]}
      />
    </Panel>
  );
}

function vlans(ids: readonly number[]): string {
  if (ids.length === 0) return "no VLAN";
  return `${ids.length === 1 ? "VLAN" : "VLANs"} ${ids.join(", ")}`;
}

function stateOf({ port, drift, driftSince, isChanging, seenAt }: NodePort) {
  if (!port) return "Ingot joins this node to nothing";
  if (isChanging) return <StateText kind="motion" word="Being changed" />;
  if (drift) return <StateText kind="critical" word="Differs" since={driftSince} detail={drift} />;
  return seenAt ? <StateText kind="ok" word="As it should be" /> : null;
}
