import type { Change } from "#lib/domain/change";
import { longestLeaseWords } from "#lib/domain/environment/lease";
import type { ContainerRuntime, GpuSharing } from "#lib/domain/profile/facts";
import { priceWords } from "#lib/domain/profile/price";

/** What a profile is offered at; each change of it is a version of its own. */
export type ProfileTerms = {
  displayName: string;
  description: string;
  /** Name and version of the image. */
  image: string;
  /** Names and versions of what its nodes may run, in order; null for all that the project may run. */
  allowedImages: string[] | null;
  /** Null for as long as an environment likes. */
  longestLeaseHours: number | null;
  /** Of a node, an hour, in hundredths of the currency; null where no price is told. */
  priceCents: number | null;
  gpuSharing: GpuSharing;
  containerRuntime: ContainerRuntime;
  storageClasses: string[];
};

export const gpuSharingWords = {
  none: "none",
  mig: "MIG",
  time_slicing: "time slicing",
  mps: "MPS",
} as const satisfies Record<GpuSharing, string>;

/** What differs between two versions of a profile, in words; empty when nothing does. */
export function termChanges(before: ProfileTerms, after: ProfileTerms, currency: string): Change[] {
  const [old, now] = [termWords(before, currency), termWords(after, currency)];
  return old.flatMap(({ term, words }, at) => {
    const changed = now[at]?.words ?? "";
    return changed === words ? [] : [{ what: term, before: words, after: changed }];
  });
}

/** The terms, one by one, as a person reads them. */
function termWords(terms: ProfileTerms, currency: string): { term: string; words: string }[] {
  return [
    { term: "Display name", words: terms.displayName },
    { term: "Description", words: terms.description || "none" },
    { term: "Default image", words: terms.image },
    { term: "Allowed images", words: allowedImagesWords(terms.allowedImages) },
    {
      term: "Longest lease",
      words: longestLeaseWords(terms.longestLeaseHours),
    },
    { term: "Price", words: pricePerHour(terms.priceCents, currency) },
    { term: "GPU sharing", words: gpuSharingWords[terms.gpuSharing] },
    { term: "Container runtime", words: terms.containerRuntime },
    { term: "Storage classes", words: storageClassesWords(terms.storageClasses) },
  ];
}

/** What nodes of a profile may run, as a person reads it. */
export function allowedImagesWords(names: readonly string[] | null): string {
  return names === null ? "all that a project may run" : names.join(", ");
}

/** Names of storage classes, as a person reads them. */
export function storageClassesWords(names: readonly string[]): string {
  return names.join(", ") || "none";
}

/** The price of a node as a person reads it: `USD 24.00 an hour`. */
export function pricePerHour(cents: number | null, currency: string): string {
  return cents === null ? "not told" : `${priceWords(cents, currency)} an hour`;
}
