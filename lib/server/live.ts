import "server-only";
import { listen } from "#db/listen";
import { changedChannel } from "#db/queries/operations";
import { readSettings } from "#lib/config/env";
import { log } from "#lib/server/log";

/** `environment:ID`, `node:ID` or `operation:ID`: what may have changed. */
export type Topic = string;

type Listener = (topic: Topic | null) => void;
type Hub = { listeners: Set<Listener> };

const held = globalThis as typeof globalThis & { ingotLive?: Hub };

/**
 * Calls back with each thing that changed, and with null when some may have been missed. One
 * connection to the database serves every open page. Gives the function that ends it.
 */
export function onChange(listener: Listener): () => void {
  const { listeners } = hub();
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function hub(): Hub {
  if (held.ingotLive) return held.ingotLive;
  const listeners = new Set<Listener>();
  const tell = (topic: Topic | null) => {
    for (const listener of listeners) listener(topic);
  };
  listen({
    url: readSettings().databaseUrl,
    role: "ingot_app",
    channels: [changedChannel],
    onNotice: (_channel, payload) => tell(payload),
    onConnect: () => tell(null),
    log: log(),
  });
  held.ingotLive = { listeners };
  return held.ingotLive;
}
