import { createHash } from "node:crypto";
import pg from "pg";

/** How many statements a connection keeps planned. The portal has some three hundred. */
const most = 500;
/** A list of many values makes a text of its own for each length: planning those helps nobody. */
const longestText = 4_000;

/**
 * A connection that has Postgres keep the plan of each statement it sees again. Under row-level
 * security planning takes several times as long as most of our queries themselves: the query of a
 * session 2.9 ms of 3.4 (`explain (analyze, summary)`, Postgres 18.4).
 */
export class PreparingClient extends pg.Client {
  // Nothing is kept on the first sight: some texts are never seen again.
  readonly #seen = new Set<string>();
  readonly #names = new Map<string, string>();

  // biome-ignore lint/suspicious/noExplicitAny: pg's own signature has nine overloads
  override query(config: any, ...rest: any[]): any {
    const name = this.#nameFor(config, rest[0]);
    return super.query(name ? { ...config, name } : config, ...rest);
  }

  #nameFor(config: unknown, values: unknown): string | undefined {
    if (!isNameless(config) || !Array.isArray(values) || config.text.length > longestText) return;
    const known = this.#names.get(config.text);
    if (known) return known;
    if (this.#names.size >= most) return;
    if (!this.#seen.delete(config.text)) {
      if (this.#seen.size >= most) this.#seen.clear();
      this.#seen.add(config.text);
      return;
    }
    const name = createHash("sha256").update(config.text).digest("base64url").slice(0, 22);
    this.#names.set(config.text, name);
    return name;
  }
}

/**
 * A connection on which nobody waits for a transaction to begin. Where it does not, the connection is ended, and
 * what is sent behind it fails. For those alone whom row-level security shows nothing outside a transaction: what
 * is on its way already would be carried out by itself.
 */
export class EagerClient extends PreparingClient {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  override query(config: any, ...rest: any[]): any {
    const sent = super.query(config, ...rest);
    if (config?.text !== "begin") return sent;
    sent.catch(() => this.connection.stream.destroy());
    return Promise.resolve({ rows: [] });
  }
}

function isNameless(config: unknown): config is { text: string } {
  return (
    typeof config === "object" &&
    config !== null &&
    "text" in config &&
    typeof config.text === "string" &&
    // A query object of pg's own, such as a COPY stream, speaks for itself.
    !("submit" in config) &&
    !("name" in config && config.name)
  );
}
