import { refuse } from "#lib/domain/result";
import { fieldMessages } from "#lib/schemas/field-messages";
import { reportOfUseQuery } from "#lib/schemas/use";
import { fleetApiGrant } from "#lib/server/api-grant";
import { database } from "#lib/server/database";
import { fileAnswer } from "#lib/server/file-answer";
import { fileOfUse } from "#lib/views/report-of-use";

/** The fleet's use of a month: `?month=2026-11&by=tenant|project|environment|profile&format=json|csv`. */
export async function GET(request: Request): Promise<Response> {
  const grant = await fleetApiGrant("fleet.read");
  if (!grant.ok) return grant.refusal;
  const query = reportOfUseQuery.safeParse(Object.fromEntries(new URL(request.url).searchParams));
  if (!query.success) {
    return fileAnswer(refuse({ kind: "invalid_input", fields: fieldMessages(query.error) }));
  }
  return fileAnswer(await fileOfUse(database(), grant.value, query.data));
}
