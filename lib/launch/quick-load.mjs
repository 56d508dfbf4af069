// Preloaded into every process of ours: programs of some six hundred modules are loaded at each start,
// and after each crash.

import { enableCompileCache, registerHooks } from "node:module";
import path from "node:path";

// What was compiled, and stripped of its types, is kept by the hash of its source. Where nothing can be
// written, Node goes on without.
enableCompileCache(path.join(import.meta.dirname, "../../node_modules/.cache/compiled"));

// Node reads the package.json that a module belongs to anew for each import, and drizzle-orm's, which
// lists its exports, is 180 kB: that is half of the time that the worker takes to load.
const own = "drizzle-orm";
const found = new Map();

registerHooks({
  resolve(specifier, context, next) {
    const asksForIt = specifier === own || specifier.startsWith(`${own}/`);
    if (asksForIt && context.conditions.includes("import")) {
      const known = found.get(specifier) ?? next(specifier, context);
      found.set(specifier, known);
      return { url: known.url, format: "module", shortCircuit: true };
    }
    const parent = context.parentURL;
    if (specifier.startsWith(".") && parent?.includes(`/node_modules/${own}/`)) {
      const { href } = new URL(specifier, parent);
      if (href.endsWith(".js")) return { url: href, format: "module", shortCircuit: true };
    }
    return next(specifier, context);
  },
});
