import type { Metadata } from "next";
import { ApiManners } from "#components/api/api-manners";
import { type ApiOperation, ApiRoutes } from "#components/api/api-reference";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { type OpenApi, openApi, problemKinds, requestsPerMinute } from "#lib/api/openapi";
import { readSettings } from "#lib/config/env";
import { requireActor } from "#lib/server/require-grant";

export const metadata: Metadata = { title: "API reference" };

export default async function ApiReferencePage() {
  await requireActor();
  const { origin } = readSettings();
  const document = openApi(origin);
  const operations = operationsOf(document);
  return (
    <>
      <PageHeader
        title="API reference"
        description="What can be clicked here, for programs: the same rules, the same words."
        actions={
          <>
            <LinkButton href="/api/v1/client">TypeScript client</LinkButton>
            <LinkButton href="/api/v1/openapi.json">OpenAPI 3.1</LinkButton>
          </>
        }
      />
      <ApiManners origin={origin} requestsPerMinute={requestsPerMinute} problems={problemKinds} />
      {document.tags.map(({ name, description }) => (
        <ApiRoutes
          key={name}
          title={name}
          description={description}
          operations={operations.filter(({ tag }) => tag === name)}
        />
      ))}
    </>
  );
}

/** The operations of the document, as the page shows them. */
function operationsOf(document: OpenApi): (ApiOperation & { tag: string })[] {
  const base = document.servers[0]?.url ?? "";
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const [status = "", response] = Object.entries(operation.responses)[0] ?? [];
      const content = (response && "content" in response ? response.content : undefined) ?? {};
      return {
        operationId: operation.operationId,
        tag: operation.tags[0] ?? "",
        method: method === "get" ? ("GET" as const) : ("POST" as const),
        path,
        url: `${base}${path}`,
        summary: operation.summary,
        description: operation.description,
        permission: operation["x-permission"],
        parameters: operation.parameters,
        body: operation.requestBody?.content["application/json"].schema,
        status,
        answer: Object.values(content)[0]?.schema,
        isStream: "text/event-stream" in content,
      };
    }),
  );
}
