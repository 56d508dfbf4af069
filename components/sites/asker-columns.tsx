import type { Column } from "#components/ui/table";

/** Who asked at a site before it is known which node that is: the interface, and where it asked from. */
export function askerColumns<Row extends { mac: string; address: string }>(): Column<Row>[] {
  return [
    {
      id: "mac",
      header: "MAC",
      rowHeader: true,
      cell: ({ mac }) => <code className="font-mono text-xs">{mac}</code>,
    },
    {
      id: "address",
      header: "Address",
      cell: ({ address }) => <code className="font-mono text-xs">{address}</code>,
    },
  ];
}
