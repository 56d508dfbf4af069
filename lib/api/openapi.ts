import { z } from "zod";
import { requestsPerMinute } from "#lib/access/api-token";
import { doorProblems, refusalProblems } from "#lib/api/problem";
import { type AnyRoute, isChange } from "#lib/api/route";
import { apiBase, routeList } from "#lib/api/table";
import { mostPerMinute } from "#lib/domain/access/pace";

// The description of the API, made of the same table and schemas that let requests in.

type Json = Record<string, unknown>;

export type Operation = {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  security: Json[];
  parameters: Parameter[];
  requestBody?: { required: true; content: { "application/json": { schema: Json } } };
  responses: Record<
    string,
    | { description: string; headers?: Json; content?: Record<string, { schema: Json }> }
    | { $ref: string }
  >;
  /** The permission that the token needs among its scopes. */
  "x-permission"?: string;
};
export type Parameter = {
  name: string;
  in: "path" | "query" | "header";
  required: boolean;
  description?: string;
  schema: Json;
};
export type OpenApi = {
  openapi: "3.1.0";
  info: Json;
  servers: { url: string }[];
  tags: { name: string; description: string }[];
  paths: Record<string, Partial<Record<"get" | "post", Operation>>>;
  components: Json;
};

/** The OpenAPI 3.1 document of the API at an address. */
export function openApi(origin: string): OpenApi {
  const paths: OpenApi["paths"] = {};
  for (const { name, route } of routeList) {
    paths[route.path] = { ...paths[route.path], [lower(route)]: operation(name, route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Ingot",
      version: "1",
      description:
        "What can be done in the portal, for programs. Times are ISO 8601 in UTC; ids are texts that begin with their kind.",
    },
    servers: [{ url: `${origin}${apiBase}` }],
    tags: [
      { name: "You", description: "Whose token it is, and where it is good." },
      { name: "Project", description: "What a project may launch, holds and has held." },
      { name: "Environments", description: "What a project has launched, and what is done to it." },
      { name: "Tenant", description: "The tenant as a whole." },
      { name: "Fleet", description: "For operators." },
    ],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          description: `A token of a service account or of a person. At most ${requestsPerMinute} requests a minute; all tokens of one owner together make at most ${mostPerMinute.change} changes and ${mostPerMinute.read} reads a minute, and a project launches at most ${mostPerMinute.launch} environments.`,
        },
      },
      headers: headersOfAnswers,
      schemas: { Problem: problemSchema },
      responses: {
        Problem: {
          description: "Why not, in words (RFC 9457)",
          headers: { "Retry-After": { $ref: "#/components/headers/RetryAfter" } },
          content: {
            "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
          },
        },
      },
    },
  };
}

const problemSchema = {
  type: "object",
  required: ["type", "status", "title", "detail", "requestId"],
  properties: {
    type: { type: "string", format: "uri", description: "Ends in the kind of problem." },
    status: { type: "integer" },
    title: { type: "string" },
    detail: { type: "string", description: "What is wrong, then what to do." },
    requestId: { type: "string", description: "The same as in the audit log." },
    errors: {
      type: "array",
      items: {
        type: "object",
        required: ["pointer", "detail"],
        properties: { pointer: { type: "string" }, detail: { type: "string" } },
      },
    },
  },
};

const pathWords: Record<string, string> = {
  tenant: "The tenant's short name.",
  project: "The project's short name.",
  environment: "The environment's id.",
  operation: "The operation's id.",
  action: "The action's name.",
  hold: "The hold's id.",
  hookRun: "The id of the hook's run.",
  approval: "The approval's id.",
  webhook: "The webhook's id.",
  delivery: "The delivery's id.",
  node: "The node's id.",
  pool: "The pool's id.",
  item: "The id of the pool's item.",
  reason: "The id of the reason of health.",
  silence: "The id of the silence.",
  site: "The site's id.",
  rack: "The rack's id.",
  fabric: "The fabric's id.",
  context: "The config context's id.",
  image: "The image's id.",
  nodeType: "The node type's id.",
  profile: "The compute profile's id.",
  template: "The template's id.",
  templateVersion: "The id of the template's version.",
  dryRun: "The id of the dry run.",
};

const lower = (route: AnyRoute) => (route.method === "GET" ? "get" : "post");

function operation(name: string, route: AnyRoute): Operation {
  return {
    operationId: name,
    summary: route.summary,
    description: route.description,
    tags: [route.tag],
    security: [{ token: [] }],
    ...(route.permission ? { "x-permission": route.permission } : {}),
    parameters: [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)],
    ...(route.body
      ? {
          requestBody: {
            required: true as const,
            content: { "application/json": { schema: jsonSchema(route.body, "input") } },
          },
        }
      : {}),
    responses: {
      [String(route.status ?? 200)]: {
        description: route.event ? "A stream" : route.status === 202 ? "Ordered" : "Done",
        headers: answerHeaders(route),
        content: route.event
          ? { "text/event-stream": { schema: jsonSchema(route.event, "output") } }
          : { "application/json": { schema: jsonSchema(route.response, "output") } },
      },
      ...(isTagged(route) ? { "304": { description: "It has not changed since that ETag" } } : {}),
      default: { $ref: "#/components/responses/Problem" },
    },
  };
}

function answerHeaders(route: AnyRoute): Json {
  const isPaged = route.response instanceof z.ZodObject && "next" in route.response.shape;
  return {
    RateLimit: { $ref: "#/components/headers/RateLimit" },
    "RateLimit-Policy": { $ref: "#/components/headers/RateLimitPolicy" },
    ...(isTagged(route) ? { ETag: { $ref: "#/components/headers/ETag" } } : {}),
    ...(isPaged ? { Link: { $ref: "#/components/headers/Link" } } : {}),
  };
}

const header = (description: string) => ({ description, schema: { type: "string" } });

const headersOfAnswers = {
  RateLimit: header(
    'Of the token: `"token";r=` requests that are left, `;t=` seconds until there are all again. Of what is read, `"read"` of all tokens of its owner likewise.',
  ),
  RateLimitPolicy: header(
    `Requests in so many seconds: \`"token";q=${requestsPerMinute};w=60\` of the token, \`"read";q=${mostPerMinute.read};w=60\` reads of all tokens of its owner, \`"change";q=${mostPerMinute.change};w=60\` changes of all tokens of its owner.`,
  ),
  ETag: header("Of this answer: sent back as If-None-Match it saves the next one."),
  Link: header('`<address>; rel="next"` where another page follows.'),
  RetryAfter: header("Seconds to wait, where it was too fast."),
};

/** All that is read has an `ETag`, but for a stream, which never ends. */
const isTagged = (route: AnyRoute) => route.method === "GET" && !route.event;

function pathParameters(route: AnyRoute): Parameter[] {
  return [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    description: pathWords[name],
    schema: { type: "string" },
  }));
}

function queryParameters(route: AnyRoute): Parameter[] {
  if (!route.query) return [];
  const schema = jsonSchema(route.query, "input") as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    in: "query",
    required: schema.required?.includes(name) ?? false,
    schema: property,
  }));
}

function headerParameters(route: AnyRoute): Parameter[] {
  const text = { type: "string" };
  return [
    ...(isChange(route)
      ? [
          {
            name: "Idempotency-Key",
            in: "header" as const,
            required: false,
            description:
              "Sent again within a day with the same key and body it is the same request: done once, and answered as it was.",
            schema: { ...text, minLength: 1, maxLength: 255 },
          },
        ]
      : []),
    ...(route.event
      ? [
          {
            name: "Last-Event-ID",
            in: "header" as const,
            required: false,
            description: "The id of the last event that came: the stream goes on after it.",
            schema: text,
          },
        ]
      : []),
    ...(isTagged(route)
      ? [
          {
            name: "If-None-Match",
            in: "header" as const,
            required: false,
            description: "The ETag that is known: 304 when nothing has changed.",
            schema: text,
          },
        ]
      : []),
  ];
}

function jsonSchema(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    // Alternatives that one literal tells apart never fit together: anyOf says the same of them, and is
    // what the client and the reference read.
    override: ({ jsonSchema }) => {
      if (!jsonSchema.oneOf) return;
      jsonSchema.anyOf = jsonSchema.oneOf;
      delete jsonSchema.oneOf;
    },
  });
  return rest;
}

/** Every kind of problem with its status, for the reference. */
export const problemKinds = Object.entries({ ...doorProblems, ...refusalProblems }).map(
  ([kind, { status, title }]) => ({ kind, status, title }),
);

export { requestsPerMinute };
