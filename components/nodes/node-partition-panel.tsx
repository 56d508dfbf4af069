import { KeyValueList } from "#components/ui/key-value-list";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { StateText } from "#components/ui/state-text";
import { pkeyText } from "#lib/domain/network/partition-drift";

export type NodePartition = {
  /** The fabric manager of the node's site; null when it has none. */
  manager: string | null;
  pkey: number | null;
  guids: string[];
  isChanging: boolean;
  seenAt: string | null;
  drift: string | null;
  driftSince: string | null;
};

/** The InfiniBand partition that a node's ports are in: wanted beside what was read back. */
export function NodePartitionPanel({ partition }: { partition: NodePartition }) {
  const { manager, pkey, guids, seenAt } = partition;
  return (
    <Panel
      title="InfiniBand partition"
      description={
        manager
          ? `Set by the fabric manager at ${manager}.`
          : "The site has no fabric manager any more."
      }
    >
      <KeyValueList
        columns={2}
        items={[
          { label: "P_Key", value: pkey === null ? "none" : pkeyText(pkey) },
          { label: "Ports", value: guids.length === 0 ? "none" : guids.join(", ") },
          {
            label: "State",
            value: stateOf(partition),
            hint: seenAt && (
              <>
                read back <RelativeTime at={seenAt} />
              </>
            ),
          },
        ]}
      />
    </Panel>
  );
}

function stateOf({ pkey, drift, driftSince, isChanging, seenAt }: NodePartition) {
  if (isChanging) return <StateText kind="motion" word="Being changed" />;
  if (drift) return <StateText kind="critical" word="Differs" since={driftSince} detail={drift} />;
  if (pkey === null) return "its ports are in no partition that Ingot sets";
  return seenAt ? <StateText kind="ok" word="As it should be" /> : null;
}
