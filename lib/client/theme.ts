/** What a person can choose; `system` follows the operating system. */
export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

/** Holds the chosen theme; the root layout reads it. */
export const themeCookie = "ingot-theme";

/** True for a theme's name. */
export function isTheme(value: unknown): value is Theme {
  return themes.some((theme) => theme === value);
}
