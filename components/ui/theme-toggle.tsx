"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { useSyncExternalStore } from "react";
import { MenuRadioGroup } from "#components/ui/dropdown-menu";
import { isTheme, type Theme, themeCookie } from "#lib/client/theme";

const options = [
  { value: "system", label: "System", icon: <Monitor aria-hidden="true" /> },
  { value: "light", label: "Light", icon: <Sun aria-hidden="true" /> },
  { value: "dark", label: "Dark", icon: <Moon aria-hidden="true" /> },
] as const satisfies readonly { value: Theme; label: string; icon: React.ReactNode }[];

const listeners = new Set<() => void>();
const yearSeconds = 31_536_000;

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function chosen(): Theme {
  const theme = document.documentElement.dataset.theme;
  return isTheme(theme) ? theme : "system";
}

/** Kept in a cookie, so that the server draws the next page in it: no flash, no script. */
function choose(theme: string) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser yet
  document.cookie = `${themeCookie}=${theme}; path=/; max-age=${yearSeconds}; samesite=lax`;
  for (const listener of listeners) listener();
}

/** System, light or dark; a part of a DropdownMenu. */
export function ThemeMenu() {
  const theme = useSyncExternalStore(subscribe, chosen, () => "system" as const);
  return <MenuRadioGroup label="Theme" value={theme} onValueChange={choose} options={options} />;
}
