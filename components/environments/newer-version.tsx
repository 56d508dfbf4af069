import type { Route } from "next";
import { ChangeList } from "#components/ui/change-list";
import { TextLink } from "#components/ui/text-link";
import { formatQuantity } from "#lib/client/format";
import type { Place } from "#lib/client/use-environment";
import type { EnvironmentDetail } from "#lib/schemas/environment-view";

/** That its template has a newer version, and what an environment of that one would have. */
export function NewerVersion({
  place,
  environment,
}: {
  place: Place;
  environment: Pick<EnvironmentDetail, "newer" | "templateVersion">;
}) {
  const { newer, templateVersion } = environment;
  if (!newer) return null;
  const launch = `/${place.tenant}/projects/${place.project}/environments/new?template=${newer.templateId}`;
  return (
    <details className="text-sm">
      <summary className="cursor-pointer text-muted">
        Version {newer.version} of its template is offered now:{" "}
        {newer.changes.length === 0
          ? "nothing differs for you"
          : formatQuantity(newer.changes.length, "difference")}
      </summary>
      <div className="mt-2 flex flex-col gap-2">
        <ChangeList changes={newer.changes} />
        <p className="text-muted">
          This environment keeps version {templateVersion}.{" "}
          <TextLink href={launch as Route}>Launch one of version {newer.version}</TextLink> beside
          it, and release this one when you have moved.
        </p>
      </div>
    </details>
  );
}
