import { readFile, rename, writeFile } from "node:fs/promises";
import type { Phase } from "./boot-journal.ts";
import type { BootSettings } from "./boot-override.ts";
import type { Installed } from "./deploy.ts";
import type { PowerState } from "./power.ts";

/** What a rack keeps over a restart. */
export type RackState = {
  keyPem: string;
  nodes: Record<string, NodeState>;
  /** Certificates of fixture controllers, by name. */
  fixtures: Record<string, string>;
};

export type NodeState = {
  certificatePem: string;
  replacementPem: string | null;
  power: PowerState;
  phase: Phase;
  installed: Installed | null;
  boot: BootSettings;
  /** The controller's, as it is now. */
  password: string;
};

const delayMs = 250;

/** Writes the state of a rack to a file, soon after it changed and never half. */
export class StateFile {
  readonly #path: string;
  readonly #snapshot: () => RackState;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(path: string, snapshot: () => RackState) {
    this.#path = path;
    this.#snapshot = snapshot;
  }

  /** The state that an earlier run left, or null when there is none. Throws when it cannot be read. */
  static async read(path: string): Promise<RackState | null> {
    try {
      return JSON.parse(await readFile(path, "utf8")) as RackState;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
      throw new Error(`the rack's state in ${path} cannot be read`, { cause: error });
    }
  }

  changed(): void {
    if (this.#isClosed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#writing = this.#writing.then(() => this.#write());
    }, delayMs);
  }

  /** Writes the state as it is now, and nothing that happens later. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#writing;
    await this.#write();
  }

  async #write(): Promise<void> {
    const draft = `${this.#path}.new`;
    // The file holds the controllers' private key.
    await writeFile(draft, JSON.stringify(this.#snapshot()), { mode: 0o600 });
    await rename(draft, this.#path);
  }
}
