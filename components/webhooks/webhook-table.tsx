import { EmptyState } from "#components/ui/empty-state";
import { RelativeTime } from "#components/ui/relative-time";
import { StateBadge } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { DeliveryStateBadge } from "#components/webhooks/delivery-state";
import type { Id } from "#lib/domain/id";
import type { DeliveryState, WebhookForm } from "#lib/domain/notification/delivery";

type Webhook = {
  id: Id<"webhook">;
  name: string;
  form: WebhookForm;
  address: string;
  kinds: readonly string[];
  isPaused: boolean;
  last: { state: DeliveryState; lastAt: string | null; createdAt: string } | null;
};

/** The webhooks of a place with what became of the newest message to each. */
export function WebhookTable({ webhooks, at }: { webhooks: readonly Webhook[]; at: string }) {
  const columns: Column<Webhook>[] = [
    {
      id: "name",
      header: "Name",
      rowHeader: true,
      cell: (each) => (
        <TextLink quiet href={`${at}/${each.id}`}>
          {each.name}
        </TextLink>
      ),
    },
    {
      id: "address",
      header: "Address",
      cell: (each) => <span className="break-all font-mono text-xs">{each.address}</span>,
    },
    {
      id: "form",
      header: "Form",
      cell: (each) => (each.form === "slack" ? "Slack-style" : "Standard Webhooks"),
    },
    { id: "kinds", header: "Kinds", align: "end", cell: (each) => String(each.kinds.length) },
    {
      id: "state",
      header: "State",
      cell: (each) =>
        each.isPaused ? (
          <StateBadge kind="attention" word="paused" />
        ) : (
          <StateBadge kind="ok" word="on" />
        ),
    },
    {
      id: "last",
      header: "Newest message",
      cell: (each) =>
        each.last ? (
          <span className="inline-flex flex-wrap items-center gap-x-2">
            <DeliveryStateBadge delivery={each.last} />
            <RelativeTime
              at={each.last.createdAt}
              focusable={false}
              className="text-faint text-xs"
            />
          </span>
        ) : (
          <span className="text-faint">none yet</span>
        ),
    },
  ];
  return (
    <DataTable
      label="Webhooks"
      columns={columns}
      rows={webhooks}
      rowKey={(each) => each.id}
      empty={
        <EmptyState title="No webhook yet">
          Create one, and a program or a chat of yours hears of what happens here.
        </EmptyState>
      }
    />
  );
}
