import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { StateBadge } from "#components/ui/state-text";
import { DataTable } from "#components/ui/table";
import type { BaselineRow } from "#lib/domain/node/baseline";
import type { InventoryAccount } from "#lib/domain/node/inventory";

type Props = {
  rows: BaselineRow[];
  /** Null while they are not known. */
  accounts: InventoryAccount[] | null;
  /** When accounts and firmware were last taken down as those of a node in order. */
  recordedAt: string | null;
};

const looks = {
  met: { kind: "ok", word: "As asked" },
  mismatch: { kind: "critical", word: "Differs" },
  unknown: { kind: "neutral", word: "Not known" },
} as const;

/** What the node type asks of firmware and security and how the node is, and who may sign in to its controller. */
export function BaselinePanel({ rows, accounts, recordedAt }: Props) {
  const met = rows.filter(({ verdict }) => verdict === "met").length;
  return (
    <Panel
      id="security"
      title="Firmware and security"
      meta={
        rows.length === 0
          ? "the node type asks for nothing"
          : `${met} of ${rows.length} rules as asked`
      }
      description={
        recordedAt && (
          <>
            A wipe compares accounts and firmware with those of <RelativeTime at={recordedAt} />.
          </>
        )
      }
      padded={false}
    >
      {rows.length > 0 && (
        <DataTable
          label="Rules on firmware and security"
          rows={rows}
          rowKey={(row) => `${row.field} ${row.label} ${row.expected}`}
          columns={[
            { id: "rule", header: "Rule", rowHeader: true, cell: (row) => row.label },
            { id: "expected", header: "Asked for", cell: (row) => row.expected },
            {
              id: "found",
              header: "Found",
              cell: (row) => row.found ?? <span className="text-muted">not told</span>,
            },
            {
              id: "verdict",
              header: "Verdict",
              cell: (row) =>
                row.verdict === "unknown" && row.required ? (
                  <StateBadge kind="critical" word="Not known, must be told" />
                ) : (
                  <StateBadge {...looks[row.verdict]} />
                ),
            },
          ]}
        />
      )}
      <details className={rows.length > 0 ? "border-line border-t" : undefined}>
        <summary className="cursor-pointer px-4 py-2 text-sm hover:bg-hover">
          Accounts of the controller{" "}
          <span className="text-faint text-xs">
            {accounts === null ? "not known" : accounts.length}
          </span>
        </summary>
        {accounts === null ? (
          <p className="px-4 pb-3 text-muted text-sm">
            The controller lists none, or not all of them could be read.
          </p>
        ) : (
          <DataTable
            label="Accounts of the controller"
            rows={accounts}
            rowKey={(account) => account.username}
            columns={[
              {
                id: "name",
                header: "User name",
                rowHeader: true,
                cell: (account) => (
                  <>
                    <span className="font-mono text-xs">{account.username}</span>
                    {(account.isOwn || account.isHosts) && (
                      <span className="block text-faint text-xs">
                        {account.isOwn ? "Ingot signs in with it" : "made for the host's firmware"}
                      </span>
                    )}
                  </>
                ),
              },
              {
                id: "role",
                header: "Role",
                cell: (account) => account.role ?? <span className="text-muted">not told</span>,
              },
              {
                id: "enabled",
                header: "Enabled",
                cell: (account) =>
                  account.enabled === null ? (
                    <span className="text-muted">not told</span>
                  ) : account.enabled ? (
                    "yes"
                  ) : (
                    "no"
                  ),
              },
            ]}
          />
        )}
      </details>
    </Panel>
  );
}
