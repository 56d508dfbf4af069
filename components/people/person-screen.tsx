import { operatorWords } from "#components/operators/operator-words";
import { PersonActs, type PersonEdit } from "#components/people/person-acts";
import { UnlinkButton } from "#components/people/unlink-button";
import { Callout } from "#components/ui/callout";
import { CopyText } from "#components/ui/copy-button";
import { KeyValueList } from "#components/ui/key-value-list";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { DataTable } from "#components/ui/table";
import { Tag } from "#components/ui/tag";
import { TextLink } from "#components/ui/text-link";
import { formatQuantity } from "#lib/client/format";
import type { PersonView } from "#lib/schemas/person-view";

/** One account: what it reaches, its ways in, and what is open of it. `edit` is absent for who may only look. */
export function PersonScreen({ person, edit }: { person: PersonView; edit?: PersonEdit }) {
  return (
    <>
      <PageHeader
        title={person.name}
        breadcrumbs={[{ label: "People", href: "/fleet/people" }, { label: person.name }]}
        meta={
          <>
            <span>{person.email}</span>
            <CopyText value={person.userId} label="Account id" />
            <span>
              made <RelativeTime at={person.createdAt} />
            </span>
            <TextLink href={`/fleet/audit?object=${encodeURIComponent(person.email)}`}>
              Audit log
            </TextLink>
          </>
        }
        actions={edit && <PersonActs person={person} edit={edit} />}
      />
      {person.closedAt && (
        <Callout kind="attention" title="This account is closed">
          Nobody signs in to it since <RelativeTime at={person.closedAt} />.
        </Callout>
      )}
      <Panel title="Ways in">
        <KeyValueList
          columns={3}
          items={[
            {
              label: "Password",
              value: !person.hasPassword
                ? "none"
                : person.hasNotSignedIn
                  ? "one-time, not used yet"
                  : "their own",
            },
            { label: "Passkeys", value: person.passkeys === 0 ? "none" : person.passkeys },
            { label: "Authenticator app", value: person.hasApp ? "set up" : "none" },
          ]}
        />
      </Panel>
      <Panel title="Identity providers" meta={String(person.linked.length)} padded={false}>
        <DataTable
          label="Identity providers"
          rows={person.linked}
          rowKey={(row) => row.issuer}
          empty={<Nothing>No provider is linked to this account.</Nothing>}
          columns={[
            { id: "provider", header: "Provider", rowHeader: true, cell: (row) => row.label },
            { id: "name", header: "As", cell: (row) => row.name },
            { id: "linked", header: "Linked", cell: (row) => <RelativeTime at={row.linkedAt} /> },
            {
              id: "used",
              header: "Last used",
              cell: (row) => <RelativeTime at={row.lastUsedAt} />,
            },
            ...(edit
              ? [
                  {
                    id: "unlink",
                    header: "Unlink",
                    headerHidden: true,
                    align: "end" as const,
                    cell: (row: PersonView["linked"][number]) => (
                      <UnlinkButton person={person} linked={row} unlink={edit.unlink} />
                    ),
                  },
                ]
              : []),
          ]}
        />
      </Panel>
      <Panel title="Reaches" padded={false}>
        <DataTable
          label="What this account reaches"
          rows={reached(person)}
          rowKey={(row) => row.href}
          empty={
            <Nothing>This account reaches nothing: it is no operator and in no tenant.</Nothing>
          }
          columns={[
            {
              id: "place",
              header: "Place",
              rowHeader: true,
              cell: (row) => <TextLink href={row.href}>{row.name}</TextLink>,
            },
            {
              id: "role",
              header: "Role",
              cell: (row) => (
                <>
                  {row.role}
                  {row.manager && <span className="block text-faint text-xs">{row.manager}</span>}
                </>
              ),
            },
            {
              id: "until",
              header: "Ends",
              cell: (row) =>
                row.until ? (
                  <span className="inline-flex items-center gap-2">
                    <RelativeTime at={row.until} />
                    {row.hasEnded && <Tag>ended</Tag>}
                  </span>
                ) : (
                  <span className="text-faint">does not end</span>
                ),
            },
          ]}
        />
      </Panel>
      <Panel title="Sessions" meta={String(person.sessions.length)} padded={false}>
        <DataTable
          label="Sessions"
          rows={person.sessions}
          rowKey={(row) => row.id}
          empty={<Nothing>Nobody is signed in to this account.</Nothing>}
          columns={[
            {
              id: "by",
              header: "Signed in by",
              rowHeader: true,
              cell: (row) => row.signedInBy,
            },
            { id: "address", header: "Address", cell: (row) => row.ipAddress ?? "unknown" },
            {
              id: "since",
              header: "Signed in",
              cell: (row) => <RelativeTime at={row.createdAt} />,
            },
            {
              id: "seen",
              header: "Last used",
              cell: (row) => <RelativeTime at={row.lastSeenAt} />,
            },
          ]}
        />
      </Panel>
      <Panel
        title="Tokens"
        meta={formatQuantity(person.tokens.length, "good token")}
        padded={false}
      >
        <DataTable
          label="Tokens"
          rows={person.tokens}
          rowKey={(row) => row.id}
          empty={<Nothing>This account has no token that is good.</Nothing>}
          columns={[
            { id: "name", header: "Token", rowHeader: true, cell: (row) => row.name },
            { id: "made", header: "Made", cell: (row) => <RelativeTime at={row.createdAt} /> },
            { id: "ends", header: "Ends", cell: (row) => <RelativeTime at={row.expiresAt} /> },
            {
              id: "used",
              header: "Last used",
              cell: (row) =>
                row.lastUsedAt ? (
                  <>
                    <RelativeTime at={row.lastUsedAt} />
                    <span className="block text-faint text-xs">
                      from {row.lastUsedAddress ?? "an unknown address"}
                    </span>
                  </>
                ) : (
                  <span className="text-faint">never</span>
                ),
            },
          ]}
        />
      </Panel>
    </>
  );
}

function Nothing({ children }: { children: string }) {
  return <p className="px-4 py-3 text-muted text-sm">{children}</p>;
}

function reached(person: PersonView) {
  const fleet = {
    href: "/fleet/operators",
    name: "The fleet",
    ...{ manager: null, until: null, hasEnded: false },
  };
  const { operatorRole } = person;
  return [
    ...(operatorRole ? [{ ...fleet, role: operatorWords[operatorRole].title as string }] : []),
    ...person.memberships.map(({ slug, ...rest }) => ({
      ...rest,
      role: rest.role as string,
      href: `/fleet/tenants/${slug}`,
    })),
  ];
}
