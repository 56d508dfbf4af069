import { ProfileTable } from "#components/environments/profile-table";
import { TemplateCard } from "#components/environments/template-card";
import { EmptyState } from "#components/ui/empty-state";
import { Panel } from "#components/ui/panel";
import { usualPriceWords } from "#lib/client/catalogue-words";
import type { Catalogue } from "#lib/schemas/catalogue-view";

type Props = {
  offer: Catalogue;
  /** The page that launches; null where nobody launches. */
  launchPath: string | null;
};

/** What a project may launch: its templates, and the compute profiles shared with it. */
export function CatalogueOffer({ offer, launchPath }: Props) {
  return (
    <>
      {offer.templates.length === 0 ? (
        <Panel title="Templates">
          <EmptyState title="No template is shared with this project">
            Ask the platform team to share one; it appears here at once.
          </EmptyState>
        </Panel>
      ) : (
        <section aria-label="Templates" className="grid items-start gap-5 lg:grid-cols-2">
          {offer.templates.map((template) => (
            <TemplateCard
              key={template.id}
              template={template}
              price={usualPriceWords(template, offer.profiles, offer.currency)}
              launchHref={launchPath && `${launchPath}?template=${template.id}`}
            />
          ))}
        </section>
      )}
      <Panel title="Compute profiles" padded={false}>
        <ProfileTable profiles={offer.profiles} currency={offer.currency} />
      </Panel>
    </>
  );
}
