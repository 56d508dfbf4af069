import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const css = readFileSync(`${process.cwd()}/app/globals.css`, "utf8");

/** The two colours of a token, as written in globals.css. */
function token(name: string): { light: string; dark: string } {
  const [, light, dark] =
    css.match(new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`)) ?? [];
  if (!light || !dark) throw new Error(`no token --${name} with two opaque colours`);
  return { light, dark };
}

/** WCAG 2.2 relative luminance of #rrggbb. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

const grounds = ["canvas", "surface", "raised", "sunken", "field", "hover"];
// What menus mark with: nothing is drawn on it but words.
const textGrounds = [...grounds, "selected"];
const texts = [
  "ink",
  "muted",
  "faint",
  "accent",
  "ok",
  "motion",
  "attention",
  "critical",
  "neutral",
];
const charts = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `chart-${n}`);
const pairs = (fronts: string[], backs: string[]) =>
  (["light", "dark"] as const).flatMap((theme) =>
    fronts.flatMap((front) => backs.map((ground) => [theme, front, ground] as const)),
  );

test.for(pairs(texts, textGrounds))(
  "%s: %s text on %s is readable (AA, 4.5)",
  ([theme, front, ground]) => {
    expect(contrast(token(front)[theme], token(ground)[theme])).toBeGreaterThanOrEqual(4.5);
  },
);

test.for(pairs([...charts, "control"], grounds))(
  "%s: %s is told from %s (AA, 3 for graphics)",
  ([theme, front, ground]) => {
    expect(contrast(token(front)[theme], token(ground)[theme])).toBeGreaterThanOrEqual(3);
  },
);

test.for(["light", "dark"] as const)("%s: the words on filled buttons are readable", (theme) => {
  expect(contrast(token("on-ink")[theme], token("ink")[theme])).toBeGreaterThanOrEqual(4.5);
  expect(contrast(token("on-danger")[theme], token("danger")[theme])).toBeGreaterThanOrEqual(4.5);
});
