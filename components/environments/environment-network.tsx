import { CopyText } from "#components/ui/copy-button";
import { Panel } from "#components/ui/panel";
import { DataTable } from "#components/ui/table";
import { poolKindWords } from "#lib/domain/pool/pool";
import type { EnvironmentDetail } from "#lib/schemas/environment-view";

/** What sets the environment apart on the network; nothing where its template asks for nothing. */
export function EnvironmentNetwork({ items }: { items: EnvironmentDetail["network"] }) {
  if (items.length === 0) return null;
  return (
    <Panel
      title="Network"
      id="network"
      description="This environment's alone, until its nodes are off the network after a release."
      padded={false}
    >
      <DataTable
        label="Network"
        rows={items}
        rowKey={(item) => `${item.kind} ${item.text}`}
        columns={[
          {
            id: "kind",
            header: "What",
            rowHeader: true,
            cell: ({ kind, family }) => {
              const { one } = poolKindWords[kind];
              return `${one.charAt(0).toUpperCase()}${one.slice(1)}${family ? `, IPv${family}` : ""}`;
            },
          },
          {
            id: "value",
            header: "Value",
            cell: ({ text }) => <CopyText value={text} label={text} />,
          },
          {
            id: "node",
            header: "For",
            cell: ({ hostname }) => hostname ?? "every node",
          },
        ]}
      />
    </Panel>
  );
}
