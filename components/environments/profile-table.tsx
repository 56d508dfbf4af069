import { EmptyState } from "#components/ui/empty-state";
import { type Column, DataTable } from "#components/ui/table";
import { Tag } from "#components/ui/tag";
import { specFacts, timeToReadyWords } from "#lib/client/catalogue-words";
import { formatCount } from "#lib/client/format";
import { longestLeaseWords } from "#lib/domain/environment/lease";
import { saysMore } from "#lib/domain/profile/facts";
import { amountWords } from "#lib/domain/profile/price";
import { gpuSharingWords } from "#lib/domain/profile/terms";
import type { CatalogueProfile } from "#lib/schemas/catalogue-view";

const columns = (currency: string, withPrice: boolean): Column<CatalogueProfile>[] => [
  {
    id: "name",
    header: "Profile",
    rowHeader: true,
    cell: (row) => (
      <span>
        {row.displayName} {row.state === "deprecated" && <Tag>deprecated</Tag>}
        <span className="block font-mono font-normal text-faint text-xs">{row.name}</span>
        {row.description && (
          <span className="block max-w-80 font-normal text-muted text-xs">{row.description}</span>
        )}
      </span>
    ),
  },
  {
    id: "gpus",
    header: "GPUs per node",
    cell: (row) => (row.gpusPerNode > 0 ? `${row.gpusPerNode} × ${row.gpuModel}` : "none"),
  },
  {
    id: "hardware",
    header: "Hardware",
    cell: (row) => (
      <span className="text-muted">
        {specFacts(row.spec).join(", ") || "not described"}
        {imageWords(row) && <span className="block text-xs">{imageWords(row)}</span>}
        {saysMore(row) && <span className="block text-xs">{shapeWords(row)}</span>}
      </span>
    ),
  },
  ...(withPrice
    ? [
        {
          id: "price",
          header: `Price an hour, ${currency}`,
          align: "end" as const,
          cell: (row: CatalogueProfile) =>
            row.priceCents === null ? (
              <span className="text-faint">none</span>
            ) : (
              amountWords(row.priceCents)
            ),
        },
      ]
    : []),
  {
    id: "lease",
    header: "Longest lease",
    cell: (row) => <span className="text-muted">{longestLeaseWords(row.longestLeaseHours)}</span>,
  },
  { id: "free", header: "Free now", align: "end", cell: (row) => formatCount(row.freeNow) },
  {
    id: "ready",
    header: "Time to ready",
    cell: (row) => <span className="text-muted">{timeToReadyWords(row.timeToReady)}</span>,
  },
];

/** What its nodes run: by default, and alone, where it is not all that the project may. Empty where nothing is known. */
function imageWords({ allowedImages, defaultImage }: CatalogueProfile): string {
  const byDefault = defaultImage === null ? "" : `${defaultImage} by default`;
  if (allowedImages === null) return byDefault && `Runs ${byDefault}`;
  if (allowedImages.length === 0) return "Runs no image that the project may run";
  const alone = `Runs ${allowedImages.join(", ")} alone`;
  return allowedImages.length > 1 && byDefault ? `${alone}, ${byDefault}` : alone;
}

/** What the platform team's own hooks are told of it, as far as it is not so of every node. */
function shapeWords({ gpuSharing, containerRuntime, storageClasses }: CatalogueProfile): string {
  const parts = [
    gpuSharing !== "none" && `GPU sharing by ${gpuSharingWords[gpuSharing]}`,
    containerRuntime !== "runc" && `containers by ${containerRuntime}`,
    storageClasses.length > 0 && `storage classes ${storageClasses.join(", ")}`,
  ].filter(Boolean);
  return `Meant for ${parts.join(", ")}`;
}

type Props = { profiles: readonly CatalogueProfile[]; currency: string };

/** Compute profiles shared with a project. */
export function ProfileTable({ profiles, currency }: Props) {
  const withPrice = profiles.some((profile) => profile.priceCents !== null);
  return (
    <DataTable
      label="Compute profiles shared with this project"
      columns={columns(currency, withPrice)}
      rows={profiles}
      rowKey={(row) => row.id}
      empty={
        <EmptyState title="No compute profile is shared with this project">
          Ask the platform team to share one.
        </EmptyState>
      }
    />
  );
}
