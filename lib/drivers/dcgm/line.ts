/** One sample line, read with care. */
export type Line = {
  labels: ReadonlyMap<string, string>;
  /** `null` when what stands in the value's place is not a finite number. */
  value: number | null;
};

const numberText = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * Reads what follows the name on a sample line: `{labels} value [timestamp]`, in any spacing.
 * Returns `null` when it is not that. Takes time linear in its length for any text.
 */
export function readLine(afterName: string): Line | null {
  const text = afterName.trimStart();
  if (!text.startsWith("{")) {
    const value = readValue(text);
    return value === null ? null : { labels: new Map(), value };
  }
  // The last brace: a label's value may hold one, a number does not.
  const close = text.lastIndexOf("}");
  if (close === -1) return null;
  const labels = readLabels(text.slice(1, close));
  return labels && { labels, value: readValue(text.slice(close + 1)) };
}

function readValue(text: string): number | null {
  const [word = ""] = text.trim().split(/\s/, 1);
  if (!numberText.test(word)) return null;
  const value = Number(word);
  return Number.isFinite(value) ? value : null;
}

/**
 * Reads `a="x", b="y"`. A quote ends a value only where a comma or the end follows, because the
 * exporter prints label values through a text template and escapes nothing in them.
 */
function readLabels(text: string): Map<string, string> | null {
  const labels = new Map<string, string>();
  const opening = /[\s,]*([A-Za-z_]\w*)\s*=\s*"/y;
  const closing = /[^"\\]*(?:\\.[^"\\]*|"(?!\s*(?:,|$))[^"\\]*)*"/y;
  let at = 0;
  while (at < text.length) {
    opening.lastIndex = at;
    const name = opening.exec(text)?.[1];
    if (name === undefined) return text.slice(at).trim() === "" || labels.size > 0 ? labels : null;
    closing.lastIndex = opening.lastIndex;
    const value = closing.exec(text)?.[0];
    if (value === undefined) return labels.size > 0 ? labels : null;
    labels.set(name, value.slice(0, -1));
    at = closing.lastIndex;
  }
  return labels;
}

/**
 * The numbers that older exporters print for "no value": `DCGM_INT32_BLANK`, `DCGM_INT64_BLANK` and
 * `DCGM_FP64_BLANK` of DCGM's `dcgm_structs.h`, each with three kinds of "not available" after it.
 */
export function isBlank(value: number): boolean {
  return (
    (value >= 2_147_483_632 && value <= 2_147_483_635) ||
    (value >= 140_737_488_355_328 && value <= 140_737_488_355_331) ||
    // The four of int64 are one and the same double.
    value === 2 ** 63
  );
}
