import { LinkButton } from "#components/ui/link-button";
import { MarkdownText } from "#components/ui/markdown";
import { Panel } from "#components/ui/panel";
import { Tag } from "#components/ui/tag";
import { freeNow, groupWords, timeToReadyWords } from "#lib/client/catalogue-words";
import { formatQuantity } from "#lib/client/format";
import { leaseWords, longestLease } from "#lib/domain/environment/lease";
import type { CatalogueTemplate } from "#lib/schemas/catalogue-view";

/** A template as the catalogue shows it: what it takes, how much is free, how long it usually takes, its price, how long it may stay. */
export function TemplateCard({
  template,
  price,
  launchHref,
}: {
  template: CatalogueTemplate;
  /** In words; null where none is told. */
  price: string | null;
  /** Where it is launched from; null when the person may not. */
  launchHref: string | null;
}) {
  const longest = longestLease(template);
  return (
    <Panel
      title={template.name}
      meta={`version ${template.version}`}
      actions={
        launchHref &&
        !template.blocked && (
          <LinkButton href={launchHref} size="sm">
            Launch
          </LinkButton>
        )
      }
    >
      <div className="flex flex-col gap-3 text-sm">
        {template.description && <p className="text-muted">{template.description}</p>}
        <ul className="flex flex-col gap-1">
          {template.groups.map((group) => (
            <li key={group.name} className="flex flex-wrap items-baseline gap-x-2">
              <Tag>{group.name}</Tag>
              <span>{groupWords(group)}</span>
              {group.profile?.state === "deprecated" && <Tag>deprecated</Tag>}
            </li>
          ))}
        </ul>
        {template.blocked ? (
          <p className="text-attention">{template.blocked}</p>
        ) : (
          <p className="text-muted text-xs">
            {formatQuantity(freeNow(template), "node")} free now · time to ready:{" "}
            {timeToReadyWords(template.timeToReady)}
            {price && ` · ${price}`}
            {longest && ` · ${leaseWords(longest.hours)} at most`}
          </p>
        )}
        {template.readme && (
          <details className="text-sm">
            <summary className="cursor-pointer text-muted">Read me</summary>
            <MarkdownText text={template.readme} under={2} className="mt-2 text-muted" />
          </details>
        )}
      </div>
    </Panel>
  );
}
