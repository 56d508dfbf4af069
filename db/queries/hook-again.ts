import { sql } from "drizzle-orm";
import { environments } from "#db/schema/environments";
import { hookRuns } from "#db/schema/hooks";
import { operations } from "#db/schema/operations";
import { type RunToRepeat, whyNotAgain } from "#lib/domain/hook/again";
import type { ActionRole } from "#lib/domain/template/actions";

/**
 * What decides whether a run can be run again alone, and the role that its action asks for; to be read
 * beside a run that is joined with its operation and its environment.
 */
export const againColumns = {
  kind: operations.kind,
  state: operations.state,
  environment: environments.state,
  acting: sql<string | null>`(select coalesce(acting.input #>> '{action,label}', 'An action')
    from operations acting where acting.environment_id = ${environments.id}
      and acting.kind = 'environment.act' and acting.state = 'running' limit 1)`,
  // What runs once in an environment's life has been done, or is under way, in whatever operation that is.
  hasNewer: sql<boolean>`exists (select from hook_runs newer
    where newer.environment_id = ${hookRuns.environmentId} and newer.name = ${hookRuns.name}
      and (newer.operation_id = ${hookRuns.operationId} and newer.round > ${hookRuns.round}
        or (${hookRuns.definition} ->> 'executeOnce')::boolean and newer.id <> ${hookRuns.id}
          and newer.state in ('ready', 'running', 'waiting', 'succeeded')))`,
  /** Null for what no action does. What an action did that its template has no more is an admin's. */
  role: sql<ActionRole | null>`case when ${operations.kind} = 'environment.act' then coalesce(
    (select declared ->> 'role'
      from template_versions version, jsonb_array_elements(version.actions) declared
      where version.id = ${environments.templateVersionId}
        and declared ->> 'name' = ${operations.input} #>> '{action,name}'), 'admin') end`,
};

export type Again = Pick<RunToRepeat, "environment" | "acting" | "hasNewer"> &
  RunToRepeat["operation"] & { role: ActionRole | null };

/** Why nobody can run this one again alone now, in words; null when it can be. */
export function againRefused(
  {
    definition,
    point,
    state,
  }: Pick<typeof hookRuns.$inferSelect, "definition" | "point" | "state">,
  { kind, state: operationState, ...again }: Again,
): ReturnType<typeof whyNotAgain> {
  const operation = { kind, state: operationState };
  return whyNotAgain({ ...again, kind: definition.kind, point, state, operation });
}
