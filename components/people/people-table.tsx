import { operatorWords } from "#components/operators/operator-words";
import { RelativeTime } from "#components/ui/relative-time";
import { DataTable } from "#components/ui/table";
import { Tag } from "#components/ui/tag";
import { TextLink } from "#components/ui/text-link";
import type { PersonLine } from "#lib/schemas/person-view";

/** Accounts, each with what it reaches and how it is kept. */
export function PeopleTable({ people }: { people: PersonLine[] }) {
  return (
    <DataTable
      label="Accounts"
      rows={people}
      rowKey={(person) => person.userId}
      columns={[
        {
          id: "name",
          header: "Person",
          rowHeader: true,
          cell: (person) => (
            <>
              <span className="inline-flex flex-wrap items-center gap-2">
                <TextLink quiet href={`/fleet/people/${person.userId}`}>
                  {person.name}
                </TextLink>
                {person.closedAt && <Tag>closed</Tag>}
              </span>
              <span className="block text-faint text-xs">{person.email}</span>
            </>
          ),
        },
        { id: "reaches", header: "Reaches", cell: (person) => <Reaches person={person} /> },
        {
          id: "factor",
          header: "Second factor",
          cell: (person) =>
            person.hasSecondFactor ? "set up" : <span className="text-faint">none</span>,
        },
        {
          id: "seen",
          header: "Last seen",
          cell: (person) =>
            person.lastSeenAt ? (
              <RelativeTime at={person.lastSeenAt} />
            ) : (
              <span className="text-faint">
                {person.hasNotSignedIn ? "one-time password not used" : "not lately"}
              </span>
            ),
        },
      ]}
    />
  );
}

const mostNamed = 3;

function Reaches({ person: { operatorRole, tenants } }: { person: PersonLine }) {
  if (!operatorRole && tenants.length === 0) return <span className="text-faint">nothing</span>;
  const rest = tenants.length - mostNamed;
  return (
    <ul className="flex flex-col gap-0.5">
      {operatorRole && (
        <li>
          the fleet <span className="text-faint">{operatorWords[operatorRole].title}</span>
        </li>
      )}
      {tenants.slice(0, mostNamed).map((tenant) => (
        <li key={tenant.slug}>
          {tenant.name} <span className="text-faint">{tenant.role}</span>
        </li>
      ))}
      {rest > 0 && <li className="text-faint">and {rest} more</li>}
    </ul>
  );
}
