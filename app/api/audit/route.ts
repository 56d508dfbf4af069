import type { NextRequest } from "next/server";
import { auditFilter } from "#lib/schemas/audit";
import { auditFormat } from "#lib/schemas/audit-export";
import { fleetApiGrant, tenantApiGrant } from "#lib/server/api-grant";
import { database } from "#lib/server/database";
import { problem } from "#lib/server/problem";
import { auditExport } from "#lib/views/audit-export";

const types = { csv: "text/csv; charset=utf-8; header=present", ndjson: "application/x-ndjson" };

/** The audit log as a file, filtered as its page is: `?format=csv|ndjson`, and `of=` for a tenant's. */
export async function GET(request: NextRequest): Promise<Response> {
  const query = Object.fromEntries(request.nextUrl.searchParams);
  const format = auditFormat.safeParse(query.format);
  if (!format.success) return problem(400, "The format is csv or ndjson.");
  const grant =
    query.of === undefined
      ? await fleetApiGrant("fleet.audit")
      : await tenantApiGrant(query.of, "tenant.audit");
  if (!grant.ok) return grant.refusal;
  const whose = grant.value.scope === "tenant" ? grant.value.tenantSlug : "fleet";
  const parts = auditExport(database(), grant.value, auditFilter.parse(query), format.data);
  return new Response(streamOf(parts), {
    headers: {
      "content-type": types[format.data],
      "content-disposition": `attachment; filename="audit-${whose}.${format.data}"`,
      "cache-control": "no-store",
    },
  });
}

function streamOf(parts: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await parts.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await parts.return(undefined);
    },
  });
}
