import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Database } from "#db/client";
import { keysOf } from "#lib/access/key-ring";
import { newestPublicHalf, newSealingKeys, sealingKeyId } from "#lib/access/sealed";
import { type RotatedKey, rotatedKeys } from "#lib/access/sealed-columns";
import {
  countOlder,
  type Resealed,
  resealAll,
  retireKeys,
  type Unopened,
} from "#lib/commands/rotate-key";
import { type Environment, SettingsError } from "#lib/config/env";
import { keyFiles, newSecret, replaceText } from "#lib/launch/secrets";

/** After how many rounds a writer that never rests is let be, and the old key kept. */
const rounds = 10;
/** How long it waits before the next round when its tables were being written in. */
const lockedPauseMs = 1_000;

/** What one key came to. */
export type KeyRotation = {
  key: RotatedKey;
  /** The variable that the key is given by, when it is not ours to make a new one. */
  givenBy: string | null;
  /** An earlier rotation had been broken off, and this one went on with its key. */
  continued: boolean;
  resealed: Resealed[];
  unopened: Unopened[];
  /** How many older keys the ring had, and how many of them were retired. */
  older: number;
  retired: number;
  /** How many texts are still sealed by another key than the newest, where none was retired. */
  left: number;
  /** The older keys are out of the ring: no program has them any more. */
  isGone: boolean;
};

/** Moments at which a rotation may die and be repeated; tests let it. */
export type Moment = "key made" | "batch sealed" | "key retired" | "key removed";

/**
 * Makes new keys in the place of those that seal, seals all again, and takes the old ones away once
 * they seal nothing. Portal and worker run on: they read the ring at each use, and the worker's half
 * is written first. `db` acts as the keeper.
 */
export async function rotateKeys(input: {
  directory: string;
  given: Environment;
  db: Database;
  onMoment?: (moment: Moment) => void;
  pauseMs?: number;
}): Promise<KeyRotation[]> {
  const done: KeyRotation[] = [];
  for (const key of rotatedKeys) done.push(await rotateKey(key, input));
  return done;
}

async function rotateKey(
  key: RotatedKey,
  {
    directory,
    given,
    db,
    onMoment = () => {},
    pauseMs = lockedPauseMs,
  }: Parameters<typeof rotateKeys>[0],
): Promise<KeyRotation> {
  const { givenBy, file, read } = placeOf(key, directory, given);
  const write = (ring: string) => {
    replaceText(file, ring);
    if (key === "credential") {
      replaceText(path.join(directory, keyFiles.publicKey), newestPublicHalf(ring));
    }
  };

  const continued = givenBy === null && keysOf(read()).length > 1;
  if (givenBy === null) {
    const fresh = key === "credential" ? newSealingKeys().privateKey : newSecret();
    // Once more even when it is there: the death may have come between the two halves.
    write(continued ? read() : `${fresh},${read()}`);
    onMoment("key made");
  }
  const ring = read();
  const report: KeyRotation = {
    ...{ key, givenBy, continued, older: keysOf(ring).length - 1, resealed: [], unopened: [] },
    ...{ retired: 0, left: 0, isGone: false },
  };
  for (let round = 0; round < rounds; round++) {
    const { resealed, unopened } = await resealAll(db, key, ring, () => onMoment("batch sealed"));
    report.resealed = sumOf(report.resealed, resealed);
    report.unopened = unopened;
    // Programs elsewhere may still have the older ring in their environment, and write by that.
    if (givenBy !== null) return { ...report, left: await countOlder(db, key, ring) };
    const outcome = await retireKeys(db, key, ring).catch(ifLocked);
    if (outcome === "locked") {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      continue;
    }
    if ("retired" in outcome) {
      onMoment("key retired");
      write(keysOf(ring)[0] ?? ring);
      onMoment("key removed");
      return { ...report, retired: outcome.retired.length, left: 0, isGone: true };
    }
    report.left = outcome.left;
    if (resealed.every(({ count }) => count === 0)) return report;
  }
  return report;
}

/**
 * Throws a `SettingsError` when there is no key to rotate, as in a shell without the settings that
 * Ingot runs with: new keys would be made that nothing is sealed by.
 */
export function refuseWithoutKeys(directory: string, given: Environment): void {
  for (const key of rotatedKeys) {
    const { givenBy, file } = placeOf(key, directory, given);
    if (givenBy !== null || existsSync(file)) continue;
    throw new SettingsError(
      `There is no key in ${file}: run this with the settings that Ingot runs with, INGOT_DATA_DIRECTORY among them.`,
    );
  }
}

/**
 * Throws a `SettingsError` when the public half that is given is not that of the newest private key: the
 * portal would go on sealing by an older one.
 */
export function refuseOtherHalf(given: Environment): void {
  const file = given.INGOT_CREDENTIAL_PUBLIC_KEY_FILE;
  const half = given.INGOT_CREDENTIAL_PUBLIC_KEY || (file && readFileSync(file, "utf8").trim());
  const { givenBy, read } = placeOf("credential", "", given);
  if (!half || givenBy === null) return;
  if (sealingKeyId(half) === sealingKeyId(newestPublicHalf(read()))) return;
  throw new SettingsError(
    `INGOT_CREDENTIAL_PUBLIC_KEY is not the public half of the first key in ${givenBy}: set it so, restart the portal, and run this again.`,
  );
}

/** Where a key is: by which variable it is given, or else in which file it is kept. */
function placeOf(key: RotatedKey, directory: string, given: Environment) {
  const variable = key === "credential" ? "INGOT_CREDENTIAL_PRIVATE_KEY" : "INGOT_IDENTITY_SECRET";
  const givenBy = [variable, `${variable}_FILE`].find((name) => given[name]) ?? null;
  const file =
    given[`${variable}_FILE`] ||
    path.join(directory, key === "credential" ? keyFiles.privateKey : keyFiles.identity);
  return { givenBy, file, read: () => given[variable] || readFileSync(file, "utf8").trim() };
}

/** Postgres 55P03, lock_not_available, and 40P01, deadlock: somebody wrote meanwhile. */
function ifLocked(error: unknown): "locked" {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as Error & { code?: string };
    if (code === "55P03" || code === "40P01") return "locked";
  }
  throw error;
}

function sumOf(before: readonly Resealed[], more: readonly Resealed[]): Resealed[] {
  return more.map((one, at) => ({ ...one, count: one.count + (before[at]?.count ?? 0) }));
}
