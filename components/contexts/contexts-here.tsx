import { Panel } from "#components/ui/panel";
import { TextLink } from "#components/ui/text-link";
import type { Id } from "#lib/domain/id";

type Props = {
  here: {
    contexts: readonly {
      id: Id<"context">;
      name: string;
      variables: readonly string[];
      secrets: readonly string[];
      files: readonly string[];
    }[];
    overlaps: readonly string[];
  };
  /** After "What is attached here goes with". */
  goWith: string;
};

/** The config contexts of a template, a project or a provider, with what stands where a name is set twice. */
export function ContextsHere({ here: { contexts, overlaps }, goWith }: Props) {
  return (
    <Panel
      title="Config contexts"
      meta={String(contexts.length)}
      description={`What is attached here goes with ${goWith}.`}
    >
      {contexts.length === 0 ? (
        <p className="text-muted text-sm">
          None. A context is attached <TextLink href="/fleet/contexts">on its own page</TextLink>.
        </p>
      ) : (
        <ul className="flex flex-col gap-2 text-sm">
          {contexts.map(({ id, name, variables, secrets, files }) => (
            <li key={id} className="min-w-0">
              <TextLink href={`/fleet/contexts/${id}`}>{name}</TextLink>
              <span className="break-words text-muted text-xs">
                {" "}
                {[...variables, ...secrets.map((secret) => `${secret} (secret)`), ...files].join(
                  ", ",
                ) || "nothing yet"}
              </span>
            </li>
          ))}
        </ul>
      )}
      {overlaps.length > 0 && (
        <ul className="mt-3 flex list-disc flex-col gap-1 border-line border-t pt-3 pl-5 text-sm">
          {overlaps.map((words) => (
            <li key={words} className="break-words">
              {words}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
