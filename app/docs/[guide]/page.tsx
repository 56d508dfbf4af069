import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { MarkdownText } from "#components/ui/markdown";
import { PageHeader } from "#components/ui/page-header";
import { guide, guideNames } from "#lib/server/guides";
import { requireActor } from "#lib/server/require-grant";

export async function generateMetadata({ params }: PageProps<"/docs/[guide]">): Promise<Metadata> {
  return { title: found((await params).guide).title };
}

export default async function GuidePage({ params }: PageProps<"/docs/[guide]">) {
  const actor = await requireActor();
  const { title, summary, text, isForOperators } = found((await params).guide);
  if (isForOperators && actor.operatorRole === null) notFound();
  return (
    <>
      <PageHeader
        title={title}
        breadcrumbs={[{ label: "Guides", href: "/docs" }, { label: title }]}
        description={summary}
      />
      <MarkdownText text={text} under={1} />
    </>
  );
}

function found(name: string) {
  const known = guideNames.find((each) => each === name);
  return known ? guide(known) : notFound();
}
