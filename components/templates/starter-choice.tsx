import type { Route } from "next";
import Link from "next/link";
import { Panel } from "#components/ui/panel";
import { classNames } from "#lib/client/class-names";

type Choice = { id: string; title: string; description: string };

/** What a new template may begin from; choosing one fills the form below. */
export function StarterChoice({
  choices,
  chosen,
}: {
  choices: readonly Choice[];
  chosen?: string;
}) {
  const empty = { id: "", title: "Nothing", description: "An empty form." };
  return (
    <Panel
      title="Begin from"
      description="All of it can be changed below, and nothing is kept before you create it."
    >
      <ul className="grid gap-2 sm:grid-cols-2 xl:grid-cols-4">
        {[empty, ...choices].map(({ id, title, description }) => {
          const isChosen = id === (chosen ?? "");
          return (
            <li key={id}>
              <Link
                href={`/fleet/templates/new${id ? `?from=${id}` : ""}` as Route}
                replace
                scroll={false}
                aria-current={isChosen ? "true" : undefined}
                className={classNames(
                  "block h-full rounded-md border px-3 py-2 text-sm transition-colors",
                  isChosen ? "border-accent bg-raised" : "border-line hover:bg-hover",
                )}
              >
                <span className="font-medium">{title}</span>
                <span className="mt-0.5 block text-muted text-xs">{description}</span>
              </Link>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
