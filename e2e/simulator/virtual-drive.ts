import { request } from "node:http";
import type { NetworkBootResult } from "./boot-client.ts";
import { startMedium } from "./boot-medium.ts";
import { EfiError } from "./efi-program.ts";

const timeoutMs = 30_000;

/** Why a medium was not taken. */
export type MediumRefusal = "unreachable" | "unknown format";

/**
 * The CD drive that a controller shows its host. It keeps the address of its medium, and fetches from the
 * controller's own address what the host reads, when the host reads it. It is empty after a restart.
 */
export class VirtualDrive {
  readonly #address: string;
  #medium: string | null = null;

  /** @param address The controller's, not the host's. */
  constructor(address: string) {
    this.#address = address;
  }

  get medium(): string | null {
    return this.#medium;
  }

  /** Takes a medium that can be fetched and started from; null when it did. */
  async insert(url: string): Promise<MediumRefusal | null> {
    // Real ones go by the end of the name, and stumble over a query.
    const isIso = URL.canParse(url) && /^http:\/\/[^?&#]+\.iso$/.test(url);
    if (!isIso) return "unknown format";
    try {
      await startMedium((at, bytes) => this.#read(url, at, bytes));
    } catch (error) {
      return error instanceof EfiError ? "unknown format" : "unreachable";
    }
    this.#medium = url;
    return null;
  }

  eject(): void {
    this.#medium = null;
  }

  /** What a host starts from its medium. Rejects only when the signal fires. */
  async start(signal: AbortSignal): Promise<NetworkBootResult> {
    const url = this.#medium;
    if (url === null) return { failure: "no medium" };
    try {
      return await startMedium((at, bytes) => this.#read(url, at, bytes, signal));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Error) return { failure: `${url}: ${error.message}` };
      throw error;
    }
  }

  #read(url: string, at: number, bytes: number, signal?: AbortSignal): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const asking = request(url, {
        localAddress: this.#address,
        agent: false,
        signal,
        headers: { range: `bytes=${at}-${at + bytes - 1}` },
      });
      asking.setTimeout(timeoutMs, () => asking.destroy(new Error("no answer in 30 s")));
      asking.on("error", reject);
      asking.on("response", (answer) => {
        // Without ranges every piece would be the whole of it.
        if (answer.statusCode !== 206) {
          reject(new Error(`HTTP ${answer.statusCode}`));
          asking.destroy();
          return;
        }
        const pieces: Buffer[] = [];
        answer.on("data", (piece: Buffer) => pieces.push(piece));
        answer.on("error", reject);
        answer.on("end", () => resolve(Buffer.concat(pieces)));
      });
      asking.end();
    });
  }
}
