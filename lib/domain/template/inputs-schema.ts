import {
  type Condition,
  type InputValue,
  longestInput,
  longestMatched,
  type TemplateInput,
  usualValue,
} from "#lib/domain/template/inputs";

/** A JSON Schema (draft 2020-12), as far as inputs need it. */
export type JsonSchema = { [keyword: string]: unknown };

/**
 * What a template asks at a launch as a JSON Schema of the object `inputs`: for programs that make a form
 * of it, or check before they send. What is left out has its default. Networks and JSON are told as text:
 * whether they are in order the launch says.
 */
export function inputsSchema(definitions: readonly TemplateInput[]): JsonSchema {
  const asked = definitions.filter((input) => input.required && usualValue(input) === null);
  const always = asked.filter(({ showIf }) => showIf === null).map(({ name }) => name);
  const conditional = asked.flatMap((input) => {
    const shown = shownSchema(input, definitions, []);
    // One that depends on itself is never asked for.
    return input.showIf && shown ? [{ anyOf: [{ not: shown }, { required: [input.name] }] }] : [];
  });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: Object.fromEntries(definitions.map((input) => [input.name, propertyOf(input)])),
    additionalProperties: false,
    ...(always.length > 0 ? { required: always } : {}),
    ...(conditional.length > 0 ? { allOf: conditional } : {}),
  };
}

/** One input by itself: what may be sent of it. */
function propertyOf(input: TemplateInput): JsonSchema {
  const { label, help, override, type } = input;
  const usual = usualValue(input);
  return {
    title: label,
    ...(help ? { description: help } : {}),
    ...valueSchema(input),
    ...(usual === null ? {} : { default: usual }),
    ...(override === "fixed" ? { const: usual } : {}),
    ...(override === "restricted" && type !== "multi_enum" && type !== "image"
      ? { enum: allowedValues(input) }
      : {}),
    ...(type === "secret" ? { writeOnly: true } : {}),
  };
}

function valueSchema(input: TemplateInput): JsonSchema {
  const { type, min, max } = input;
  const bounds = (least: string, most: string) => ({
    ...(min === null ? {} : { [least]: min }),
    ...(max === null ? {} : { [most]: max }),
  });
  switch (type) {
    case "number":
      return { type: "number", ...bounds("minimum", "maximum") };
    case "boolean":
      return { type: "boolean" };
    case "enum":
      return { type: "string", enum: input.options };
    case "multi_enum": {
      const choices = input.override === "restricted" ? input.allowed : input.options;
      const items = { type: "string", enum: choices };
      return { type: "array", items, uniqueItems: true, ...bounds("minItems", "maxItems") };
    }
    case "image":
      return input.options.length === 0 ? { not: {} } : { type: "string", enum: input.options };
    case "ssh_keys": {
      // An empty list of what may be chosen is no JSON Schema.
      const items =
        input.options.length === 0 ? { not: {} } : { type: "string", enum: input.options };
      return { type: "array", items, uniqueItems: true, ...bounds("minItems", "maxItems") };
    }
    case "duration":
      return { type: "string", pattern: "^[1-9][0-9]{0,6}[smhd]$" };
    case "cidr":
      return { type: "string" };
    case "json":
      return {
        ...{ type: "string", contentMediaType: "application/json" },
        maxLength: longestInput.json,
      };
    default: {
      const longest = input.pattern === null ? longestInput[type] : longestMatched;
      const least = Math.max(min ?? 0, input.required && input.default === null ? 1 : 0);
      return {
        type: "string",
        ...(least > 0 ? { minLength: least } : {}),
        maxLength: Math.min(max ?? longest, longest),
        ...(input.pattern === null ? {} : { pattern: `^(?:${input.pattern})$` }),
      };
    }
  }
}

function allowedValues({ type, allowed }: TemplateInput): InputValue[] {
  return allowed.map((text) => sentValue(type, text));
}

/** A value that is told as text, in a list or a condition, as it is sent. */
function sentValue(type: TemplateInput["type"], text: string): InputValue {
  if (type === "number") return Number(text);
  return type === "boolean" ? text === "true" : text;
}

/** When an input is shown; undefined for one that depends on itself, or on what is not there. */
function shownSchema(
  { name, showIf }: TemplateInput,
  all: readonly TemplateInput[],
  asked: readonly string[],
): JsonSchema | undefined {
  if (!showIf) return {};
  const on = all.find((each) => each.name === showIf.input);
  if (!on || asked.includes(name)) return undefined;
  const shown = shownSchema(on, all, [...asked, name]);
  if (!shown) return undefined;
  const equal = equalSchema(on, showIf);
  const both = Object.keys(shown).length === 0 ? equal : { allOf: [shown, equal] };
  // What is not shown has no value, and equals nothing.
  return showIf.is === "equal" ? both : { not: both };
}

/** What is left out has its default, and equals that. */
function equalSchema(on: TemplateInput, { value }: Condition): JsonSchema {
  const wanted = sentValue(on.type, value);
  const usual = usualValue(on);
  const isMany = on.type === "multi_enum";
  const isUsual = Array.isArray(usual) ? usual.includes(value) : String(usual) === value;
  return {
    properties: { [on.name]: isMany ? { contains: { const: wanted } } : { const: wanted } },
    ...(usual !== null && isUsual ? {} : { required: [on.name] }),
  };
}
