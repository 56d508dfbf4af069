import { clientRuntime } from "#lib/api/client-runtime";
import type { OpenApi, Operation } from "#lib/api/openapi";

// The client of the API as one TypeScript file, made of the OpenAPI document: a type for each operation,
// and a few lines that call them. It needs nothing but `fetch`.

type Schema = {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
  default?: unknown;
};

/** The client of a document, for whoever has the file and nothing else. */
export function clientText(document: OpenApi): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const { Problem } = document.components.schemas as { Problem: Schema };
  return [
    "// A client of Ingot's API, made of its OpenAPI document. It needs nothing but fetch: copy it where you",
    "// want it. Ingot serves the one of its own version at /api/v1/client.",
    "",
    "/** What each operation takes and gives. */",
    "export type Operations = {",
    ...operations.flatMap(({ operation }) => [
      `  /** ${operation.summary}. */`,
      `  ${operation.operationId}: {`,
      `    ask: ${askText(operation)};`,
      `    ${isStream(operation) ? "event" : "answer"}: ${typeText(answerOf(operation) ?? {}, "    ")};`,
      "  };",
    ]),
    "};",
    "",
    "/** What is wrong, then what to do (RFC 9457). */",
    `export type Problem = ${typeText(Problem, "")};`,
    "",
    "const routes: Record<keyof Operations, readonly [method: string, path: string]> = {",
    ...operations.map(
      ({ path, method, operation }) =>
        `  ${operation.operationId}: [${JSON.stringify(method.toUpperCase())}, ${JSON.stringify(path)}],`,
    ),
    "};",
    "",
    `const ownBase = ${JSON.stringify(document.servers[0]?.url ?? "")};`,
    clientRuntime,
  ].join("\n");
}

/** What an operation is asked with: the parts of its path, its query, its body, and a key to repeat it by. */
function askText({ parameters, requestBody }: Operation): string {
  const named = (where: string): Schema => {
    const those = parameters.filter((each) => each.in === where);
    return {
      type: "object",
      properties: Object.fromEntries(those.map(({ name, schema }) => [name, schema])),
      required: those.filter(({ required }) => required).map(({ name }) => name),
    };
  };
  const isKeyed = parameters.some(({ name }) => name === "Idempotency-Key");
  const body = requestBody?.content["application/json"].schema as Schema | undefined;
  const parts: Record<string, Schema> = {
    params: named("path"),
    query: named("query"),
    ...(body ? { body } : {}),
    ...(isKeyed ? { key: { type: "string" } } : {}),
  };
  const present = Object.entries(parts).filter(
    ([name, { properties }]) =>
      name === "body" || !properties || Object.keys(properties).length > 0,
  );
  if (present.length === 0) return "Record<never, never>";
  const needed = ([name, { required }]: [string, Schema]) =>
    name === "body" || (required?.length ?? 0) > 0;
  return typeText(
    {
      type: "object",
      properties: Object.fromEntries(present),
      required: present.filter(needed).map(([name]) => name),
    },
    "    ",
  );
}

/** What an operation answers when it is done, or what each event of its stream is. */
function answerOf(operation: Operation): Schema | undefined {
  return Object.values(contentOf(operation))[0]?.schema;
}

function isStream(operation: Operation): boolean {
  return "text/event-stream" in contentOf(operation);
}

function contentOf({ responses }: Operation): Record<string, { schema: Schema }> {
  const done = Object.entries(responses).find(([status]) => status.startsWith("2"))?.[1];
  return done && "content" in done ? (done.content ?? {}) : {};
}

/** A schema as a type of TypeScript. */
function typeText(schema: Schema, indent: string): string {
  if (schema.anyOf) {
    return [...new Set(schema.anyOf.map((each) => typeText(each, indent)))].join(" | ");
  }
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (Array.isArray(schema.type)) {
    return schema.type.map((type) => typeText({ ...schema, type }, indent)).join(" | ");
  }
  switch (schema.type) {
    case "array":
      return `Array<${typeText(schema.items ?? {}, indent)}>`;
    case "object":
      return objectText(schema, indent);
    case "integer":
    case "number":
      return "number";
    case "string":
    case "boolean":
    case "null":
      return schema.type;
    default:
      return "unknown";
  }
}

function objectText(schema: Schema, indent: string): string {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) {
    const rest = schema.additionalProperties;
    const values = rest && typeof rest === "object" ? typeText(rest, indent) : "never";
    return `Record<string, ${values}>`;
  }
  const inner = `${indent}  `;
  const lines = properties.map(([name, property]) => {
    const mark = schema.required?.includes(name) && property.default === undefined ? "" : "?";
    const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
    return `${inner}${key}${mark}: ${typeText(property, inner)};`;
  });
  // What else it has depends on what it is of.
  if (typeof schema.additionalProperties === "object")
    lines.push(`${inner}[more: string]: unknown;`);
  return `{\n${lines.join("\n")}\n${indent}}`;
}
