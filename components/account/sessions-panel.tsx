"use client";

import { useTransition } from "react";
import { Button } from "#components/ui/button";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { type Column, DataTable } from "#components/ui/table";
import { Tag } from "#components/ui/tag";
import { TextLink } from "#components/ui/text-link";
import { notify } from "#components/ui/toaster";
import { whyRefused } from "#lib/client/ask";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type SessionRow = {
  id: Id<"session">;
  isThis: boolean;
  browser: string;
  signedInBy: string;
  ipAddress: string | null;
  createdAt: string;
  lastSeenAt: string;
};

type Props = {
  sessions: SessionRow[];
  end: (input: { sessionId: Id<"session"> }) => Promise<Result<unknown, Refusal>>;
  endAll: () => Promise<unknown>;
};

/** Where one is signed in, and the way to end it. */
export function SessionsPanel({ sessions, end, endAll }: Props) {
  const [pending, startTransition] = useTransition();
  const columns: Column<SessionRow>[] = [
    {
      id: "browser",
      header: "Browser",
      rowHeader: true,
      cell: (row) => (
        <span className="inline-flex flex-wrap items-center gap-2">
          {row.browser}
          {row.isThis && <Tag>this one</Tag>}
        </span>
      ),
    },
    { id: "address", header: "Address", cell: (row) => row.ipAddress ?? "unknown" },
    { id: "by", header: "By", cell: (row) => row.signedInBy },
    { id: "since", header: "Signed in", cell: (row) => <RelativeTime at={row.createdAt} /> },
    { id: "seen", header: "Last used", cell: (row) => <RelativeTime at={row.lastSeenAt} /> },
    {
      id: "end",
      header: "End",
      headerHidden: true,
      align: "end",
      cell: (row) =>
        !row.isThis && (
          <Button
            size="sm"
            variant="danger-quiet"
            aria-label={`End the session in ${row.browser}`}
            pending={pending}
            onClick={() =>
              startTransition(async () => {
                const refused = await whyRefused(() => end({ sessionId: row.id }));
                if (refused) notify(refused, { kind: "critical" });
              })
            }
          >
            End
          </Button>
        ),
    },
  ];
  return (
    <Panel
      title="Sessions"
      meta={String(sessions.length)}
      description={
        <>
          An ended session is refused at its next request. Your API tokens stay as they are:{" "}
          <TextLink href="#tokens">revoke those you do not need</TextLink>.
        </>
      }
      padded={false}
      actions={
        <Button
          size="sm"
          pending={pending}
          onClick={() =>
            startTransition(async () => {
              await endAll();
            })
          }
        >
          Sign out everywhere
        </Button>
      }
    >
      <DataTable label="Sessions" columns={columns} rows={sessions} rowKey={(row) => row.id} />
    </Panel>
  );
}
