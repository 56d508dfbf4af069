import type { Metadata } from "next";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { TextLink } from "#components/ui/text-link";
import { type Guide, guide, guideNames } from "#lib/server/guides";
import { requireActor } from "#lib/server/require-grant";

export const metadata: Metadata = { title: "Guides" };

export default async function GuidesPage() {
  const actor = await requireActor();
  const guides = guideNames.map(guide);
  const ofOperators = guides.filter((each) => each.isForOperators);
  return (
    <>
      <PageHeader title="Guides" description="How to do here what one comes here to do." />
      <GuideList title="For teams" guides={guides.filter((each) => !each.isForOperators)} />
      {actor.operatorRole !== null && <GuideList title="For operators" guides={ofOperators} />}
    </>
  );
}

function GuideList({ title, guides }: { title: string; guides: readonly Guide[] }) {
  return (
    <Panel title={title} padded={false}>
      <ul className="divide-y divide-line">
        {guides.map((each) => (
          <li key={each.name} className="px-4 py-3 text-sm">
            <TextLink quiet href={`/docs/${each.name}`}>
              {each.title}
            </TextLink>
            <p className="mt-0.5 text-muted">{each.summary}</p>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
