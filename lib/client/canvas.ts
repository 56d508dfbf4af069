"use client";

import { type RefObject, useEffect, useState } from "react";

/** The colours of tokens as the browser resolves them here, for a canvas, which knows no tokens. */
export function colorsOf<T extends string>(element: HTMLElement, tokens: readonly T[]) {
  const probe = document.createElement("span");
  probe.style.display = "none";
  element.append(probe);
  const colors = Object.fromEntries(
    tokens.map((token) => {
      probe.style.color = `var(--${token})`;
      return [token, getComputedStyle(probe).color];
    }),
  ) as Record<T, string>;
  probe.remove();
  return colors;
}

/** A canvas this many device pixels high or wide is the most that every browser draws. */
const mostPixels = 16_000;

/**
 * Sizes a canvas to its CSS size and gives what draws on it, in CSS pixels; null where there is no
 * canvas to be had.
 */
export function contextOf(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | null {
  const context = canvas.getContext("2d");
  if (!context) return null;
  const scale = Math.min(window.devicePixelRatio || 1, mostPixels / Math.max(width, height, 1));
  const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
  // Setting a size clears and allocates anew: only when it is another.
  if (canvas.width !== across) canvas.width = across;
  if (canvas.height !== down) canvas.height = down;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** The width of an element as it is now, in whole CSS pixels; 0 before it is known. */
export function useWidth(ref: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.floor(entry.contentRect.width));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}

/**
 * Counts how often the colours of tokens have changed, by the system's theme or by hand: what is drawn
 * with them is drawn anew for each.
 */
export function useThemeChanges(): number {
  const [changes, setChanges] = useState(0);
  useEffect(() => {
    const system = matchMedia("(prefers-color-scheme: dark)");
    const count = () => setChanges((before) => before + 1);
    system.addEventListener("change", count);
    const observer = new MutationObserver(count);
    observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      system.removeEventListener("change", count);
      observer.disconnect();
    };
  }, []);
  return changes;
}
