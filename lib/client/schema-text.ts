/** A JSON schema, as far as the API's own document uses it. */
export type JsonSchema = {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  additionalProperties?: boolean | JsonSchema;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  default?: unknown;
};

/** A schema as a person reads it: `{ name: string, counts?: { [key]: integer 0…64 } }`, on lines of its own. */
export function schemaText(schema: JsonSchema, indent = ""): string {
  if (schema.anyOf) return schema.anyOf.map((each) => schemaText(each, indent)).join(" | ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === "array") {
    const items = schemaText(schema.items ?? {}, indent);
    return items.includes(" | ") && !items.startsWith("{") ? `(${items})[]` : `${items}[]`;
  }
  if (schema.type === "object") return objectText(schema, indent);
  if (Array.isArray(schema.type)) return schema.type.join(" | ");
  return [schema.type ?? "any", bounds(schema)].filter(Boolean).join(" ");
}

function objectText(schema: JsonSchema, indent: string): string {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) {
    const { additionalProperties: rest } = schema;
    return rest && typeof rest === "object" ? `{ [key]: ${schemaText(rest, indent)} }` : "{}";
  }
  const inner = `${indent}  `;
  const lines = properties.map(([name, property]) => {
    const needed = schema.required?.includes(name) && property.default === undefined;
    return `${inner}${name}${needed ? "" : "?"}: ${schemaText(property, inner)}`;
  });
  return `{\n${lines.join("\n")}\n${indent}}`;
}

/** `0…64`, `at most 20 characters`; what every number or text of JSON is goes unsaid. */
function bounds({ type, minimum, maximum, maxLength }: JsonSchema): string {
  if (type === "string") return maxLength === undefined ? "" : `of at most ${maxLength}`;
  const low = minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? minimum : undefined;
  const high = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined;
  if (low === undefined && high === undefined) return "";
  return `${low ?? ""}…${high ?? ""}`;
}
