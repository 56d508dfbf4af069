import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { PeopleTable } from "#components/people/people-table";
import { EmptyState } from "#components/ui/empty-state";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { Pagination } from "#components/ui/pagination";
import { Panel } from "#components/ui/panel";
import { FilterBar, FilterSearch, FilterSelect } from "#components/ui/url-filter";
import { formatQuantity } from "#lib/client/format";
import { pageHref } from "#lib/client/page-href";
import { peopleFilter } from "#lib/schemas/person";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { peopleView } from "#lib/views/people";

export const metadata: Metadata = { title: "People" };

export default async function PeoplePage({ searchParams }: PageProps<"/fleet/people">) {
  const grant = await requireFleetGrant("fleet.read");
  const query = await searchParams;
  const filter = peopleFilter.parse(query);
  const { lines, after } = await peopleView(database(), grant, {
    ...(filter.q && { search: filter.q }),
    ...(filter.state && { state: filter.state }),
    ...(filter.after && { after: filter.after }),
  });
  return (
    <>
      <PageHeader
        title="People"
        description="Every account, of operators and of tenants: what it reaches, and how it is signed in to."
      />
      <Panel title="All accounts" padded={false}>
        <FilterBar>
          <FilterSearch label="Search people" placeholder="Name or address" />
          <FilterSelect
            param="state"
            label="Account"
            allLabel="Open and closed"
            options={[
              { value: "open", label: "Open" },
              { value: "closed", label: "Closed" },
            ]}
          />
        </FilterBar>
        {lines.length === 0 ? (
          <EmptyState
            title="No account matches"
            action={<LinkButton href="/fleet/people">Show all accounts</LinkButton>}
          >
            Take a filter away, or search for another part of the name.
          </EmptyState>
        ) : (
          <>
            <PeopleTable people={lines} />
            <Pagination
              summary={`${formatQuantity(lines.length, "account")}, by address`}
              firstHref={filter.after ? pageHref("/fleet/people", query, undefined) : null}
              nextHref={after ? pageHref("/fleet/people", query, after) : null}
            />
          </>
        )}
      </Panel>
      <PageCalls byPeopleOnly="People and their accounts" />
    </>
  );
}
