import { createHash } from "node:crypto";

/**
 * A digest of the words given, for facts that must be the same on every start (serials, addresses).
 * @returns 32 bytes.
 */
export function digest(...words: (string | number)[]): Buffer {
  return createHash("sha256").update(words.join("\0")).digest();
}

/** A seeded stream of numbers in [0, 1): equal seeds give equal streams (mulberry32). */
export function randomStream(seed: string): () => number {
  let state = digest(seed).readUInt32LE(0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    return mixed(state);
  };
}

/** One number in [0, 1) for a pair of integers: noise that needs no state. */
export function noiseAt(seed: number, position: number): number {
  return mixed((seed ^ Math.imul(position, 0x9e3779b1)) | 0);
}

/** Smooth noise in [0, 1): the lattice values of `noiseAt` joined by a smooth step. */
export function smoothNoiseAt(seed: number, position: number): number {
  const cell = Math.floor(position);
  const inside = position - cell;
  const weight = inside * inside * (3 - 2 * inside);
  return noiseAt(seed, cell) * (1 - weight) + noiseAt(seed, cell + 1) * weight;
}

function mixed(value: number): number {
  let bits = Math.imul(value ^ (value >>> 15), value | 1);
  bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
  return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
}
