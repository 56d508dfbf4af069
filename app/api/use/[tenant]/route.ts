import { refuse } from "#lib/domain/result";
import { fieldMessages } from "#lib/schemas/field-messages";
import { reportOfUseQuery } from "#lib/schemas/use";
import { tenantApiGrant } from "#lib/server/api-grant";
import { database } from "#lib/server/database";
import { fileAnswer } from "#lib/server/file-answer";
import { fileOfUse } from "#lib/views/report-of-use";

/** A tenant's use of a month: `?month=2026-11&by=project|environment|profile&format=json|csv`. */
export async function GET(
  request: Request,
  { params }: { params: Promise<{ tenant: string }> },
): Promise<Response> {
  const grant = await tenantApiGrant((await params).tenant, "tenant.use");
  if (!grant.ok) return grant.refusal;
  const query = reportOfUseQuery.safeParse(Object.fromEntries(new URL(request.url).searchParams));
  if (!query.success) {
    return fileAnswer(refuse({ kind: "invalid_input", fields: fieldMessages(query.error) }));
  }
  return fileAnswer(await fileOfUse(database(), grant.value, query.data));
}
