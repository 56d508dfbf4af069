import type { Metadata } from "next";
import { MailTimesPanel } from "#components/notifications/mail-times-panel";
import { MarkAllRead, NotificationList } from "#components/notifications/notification-list";
import { PreferencesPanel } from "#components/notifications/preferences-panel";
import { EmptyState } from "#components/ui/empty-state";
import { PageHeader } from "#components/ui/page-header";
import { Pagination } from "#components/ui/pagination";
import { Panel } from "#components/ui/panel";
import { FilterBar, FilterSelect } from "#components/ui/url-filter";
import { pageHref } from "#lib/client/page-href";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireActor } from "#lib/server/require-grant";
import { notificationPage } from "#lib/views/bell";
import { mailTimesView, preferencesView } from "#lib/views/preferences";
import { markReadAction, setMailTimesAction, setPreferenceAction } from "../actions";

export const metadata: Metadata = { title: "Notifications" };

const here = "/account/notifications";

export default async function NotificationsPage({
  searchParams,
}: PageProps<"/account/notifications">) {
  const actor = await requireActor();
  const query = await searchParams;
  const { mailFrom } = readSettings();
  const { items, next } = await notificationPage(database(), actor, query);
  return (
    <>
      <PageHeader
        title="Notifications"
        breadcrumbs={[{ label: "Account", href: "/account" }, { label: "Notifications" }]}
        description="What happened in your places, for a month. What you may no longer see is not listed."
        actions={<MarkAllRead markRead={markReadAction} />}
      />
      <Panel title="Newest first" padded={false}>
        <FilterBar>
          <FilterSelect
            param="show"
            label="Show"
            allLabel="Read and unread"
            options={[{ value: "unread", label: "Unread" }]}
          />
        </FilterBar>
        {items.length === 0 ? (
          <EmptyState title="Nothing here">
            You are told when an environment is ready or has failed, when its lease ends, and when
            someone waits for you.
          </EmptyState>
        ) : (
          <NotificationList items={items} markRead={markReadAction} />
        )}
        <Pagination
          summary={`On this page: ${items.length}, newest first`}
          firstHref={query.after ? pageHref(here, query, undefined) : null}
          nextHref={next ? pageHref(here, query, next) : null}
        />
      </Panel>
      <PreferencesPanel
        preferences={await preferencesView(database(), actor)}
        email={actor.email}
        mailFrom={mailFrom}
        setPreference={setPreferenceAction}
      />
      <MailTimesPanel
        {...(await mailTimesView(database(), actor))}
        noMail={mailFrom === null ? "Email is not set up here." : null}
        setTimes={setMailTimesAction}
      />
    </>
  );
}
