import { CodeBlock } from "#components/ui/code-block";
import { Panel } from "#components/ui/panel";
import { Tag } from "#components/ui/tag";
import { curlOf } from "#lib/client/curl";
import { type JsonSchema, schemaText } from "#lib/client/schema-text";

export type ApiOperation = {
  operationId: string;
  method: "GET" | "POST";
  path: string;
  url: string;
  summary: string;
  description?: string;
  permission?: string;
  parameters: {
    name: string;
    in: string;
    required: boolean;
    description?: string;
    schema: JsonSchema;
  }[];
  body?: JsonSchema;
  status: string;
  answer?: JsonSchema;
  /** The answer goes on, event by event. */
  isStream: boolean;
};

/** The routes of one part of the API, each to be opened: what it takes, what it gives, how it is called. */
export function ApiRoutes({
  title,
  description,
  operations,
}: {
  title: string;
  description: string;
  operations: readonly ApiOperation[];
}) {
  return (
    <Panel title={title} description={description} padded={false}>
      <ul>
        {operations.map((operation) => (
          <li key={operation.operationId} className="border-line border-b last:border-b-0">
            <details id={operation.operationId} className="scroll-mt-4">
              <summary className="flex cursor-pointer flex-wrap items-baseline gap-x-3 gap-y-0.5 px-4 py-2 text-sm hover:bg-sunken">
                <span className="w-10 shrink-0 font-mono text-muted text-xs">
                  {operation.method}
                </span>
                <span className="min-w-0 break-all font-mono text-xs">{operation.path}</span>
                <span className="min-w-0 text-muted">{operation.summary}</span>
              </summary>
              <Details operation={operation} />
            </details>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Details({ operation }: { operation: ApiOperation }) {
  const { description, permission, parameters, body, status, answer } = operation;
  const command = curlOf(
    { method: operation.method, url: operation.url },
    {
      body: body && exampleOf(body),
      keyed: parameters.some(({ name }) => name === "Idempotency-Key"),
      stream: operation.isStream,
    },
  );
  return (
    <div className="flex flex-col gap-4 border-line border-t px-4 py-3 text-sm">
      {description && <p className="max-w-prose">{description}</p>}
      <p className="flex flex-wrap items-baseline gap-2 text-muted">
        Needs {permission ? <Tag>{permission}</Tag> : "any token that is good"}
      </p>
      {parameters.length > 0 && (
        <dl className="grid gap-x-4 gap-y-1 md:grid-cols-[auto_1fr]">
          {parameters.map((each) => (
            <div key={`${each.in} ${each.name}`} className="contents">
              <dt className="font-mono text-xs">
                {each.name}
                {each.required ? "" : "?"} <span className="text-faint">in {each.in}</span>
              </dt>
              <dd className="min-w-0 text-muted text-xs">
                <span className="break-words font-mono">{schemaText(each.schema)}</span>{" "}
                {each.description}
              </dd>
            </div>
          ))}
        </dl>
      )}
      {body && (
        <Schema title="Body" code={schemaText(body)} label={`Body of ${operation.operationId}`} />
      )}
      {answer && (
        <Schema
          title={operation.isStream ? "Each event" : `Answer ${status}`}
          code={schemaText(answer)}
          label={`Answer of ${operation.operationId}`}
        />
      )}
      <Schema title="Call" code={command} label={`Call of ${operation.operationId}`} />
    </div>
  );
}

function Schema({ title, code, label }: { title: string; code: string; label: string }) {
  return (
    <div className="min-w-0">
      <h3 className="mb-1 text-muted text-xs">{title}</h3>
      <CodeBlock code={code} label={label} />
    </div>
  );
}

/** A body with every field that is needed, to be filled in. */
function exampleOf(schema: JsonSchema): unknown {
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf?.[0]) return exampleOf(schema.anyOf[0]);
  if (schema.type === "array") return [];
  if (schema.type === "integer" || schema.type === "number") return schema.minimum ?? 1;
  if (schema.type === "boolean") return false;
  if (schema.type !== "object") return "…";
  const rest = schema.additionalProperties;
  if (!schema.properties) return rest && typeof rest === "object" ? { "…": 1 } : {};
  return Object.fromEntries(
    Object.entries(schema.properties)
      .filter(
        ([name, property]) => schema.required?.includes(name) && property.default === undefined,
      )
      .map(([name, property]) => [name, exampleOf(property)]),
  );
}
