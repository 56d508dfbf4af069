import { PageHeader } from "#components/ui/page-header";
import { Pagination } from "#components/ui/pagination";
import { Panel } from "#components/ui/panel";
import { StateBadge } from "#components/ui/state-text";
import { DeliveryTable } from "#components/webhooks/delivery-table";
import type { WebhookActs } from "#components/webhooks/webhook-acts";
import { WebhookActions } from "#components/webhooks/webhook-dialogs";
import { pageHref } from "#lib/client/page-href";
import type { NotificationKind } from "#lib/domain/notification/notification";
import { kindWords } from "#lib/domain/notification/words";

type ActionsProps = Parameters<typeof WebhookActions>[0];
type TableProps = Parameters<typeof DeliveryTable>[0];

/** One webhook: what it is told of, what was sent to it and what it answered. */
export function WebhookScreen({
  webhook,
  deliveries,
  next,
  at,
  query,
  offered,
  acts,
}: {
  webhook: ActionsProps["webhook"] & { createdBy: string };
  deliveries: TableProps["deliveries"];
  next: string | null;
  /** The address of the list that it is in. */
  at: string;
  query: Record<string, string | string[] | undefined>;
  offered: readonly NotificationKind[];
  /** Null for who may only look. */
  acts: Omit<WebhookActs, "create"> | null;
}) {
  const { name, address, form, kinds, isPaused, id, createdBy } = webhook;
  const here = `${at}/${id}`;
  return (
    <>
      <PageHeader
        title={name}
        breadcrumbs={[{ label: "Webhooks", href: at }, { label: name }]}
        description={`${form === "slack" ? "Slack-style" : "Standard Webhooks"}, at ${address}, made by ${createdBy}.`}
        meta={
          isPaused ? (
            <StateBadge kind="attention" word="paused" />
          ) : (
            <StateBadge kind="ok" word="on" />
          )
        }
        actions={acts && <WebhookActions webhook={webhook} acts={acts} offered={offered} />}
      />
      <Panel title="Told of" meta={String(kinds.length)}>
        <ul className="grid gap-x-6 gap-y-1 text-muted text-sm sm:grid-cols-2 lg:grid-cols-3">
          {kinds.map((kind) => (
            <li key={kind}>{kindWords[kind]}</li>
          ))}
        </ul>
      </Panel>
      <Panel title="Messages" padded={false}>
        <DeliveryTable
          deliveries={deliveries}
          isPaused={isPaused}
          replay={acts ? acts.replay : null}
        />
        <Pagination
          summary={`Messages on this page: ${deliveries.length}. They are kept for a month.`}
          firstHref={query.after ? pageHref(here, query, undefined) : null}
          nextHref={next ? pageHref(here, query, next) : null}
        />
      </Panel>
    </>
  );
}
