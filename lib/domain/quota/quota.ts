import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/**
 * `gpus` counts GPUs of one model; `nodes` counts nodes of one compute profile; `public_ips` counts
 * public addresses of one family.
 */
export const quotaDimensions = ["gpus", "nodes", "public_ips"] as const;
export type QuotaDimension = (typeof quotaDimensions)[number];

export type QuotaScope = "tenant" | "project";

/** One limit and how much of it is held now. */
export type QuotaLine = {
  scope: QuotaScope;
  dimension: QuotaDimension;
  /** GPU model, profile id, or `ipv4` and `ipv6`. */
  subject: string;
  limit: number;
  used: number;
};

/** What a launch asks for, added up over its node groups. */
export type Demand = {
  dimension: QuotaDimension;
  subject: string;
  /** The subject in words: "H200 GPUs", "nodes of gpu-8x-h200". */
  words: string;
  amount: number;
};

/** The families of public addresses that have a limit of their own. */
export const addressFamilies = { ipv4: "public IPv4 addresses", ipv6: "public IPv6 addresses" };
export type AddressSubject = keyof typeof addressFamilies;

/** The limit that an address of this family counts against. */
export function addressSubject(family: number): AddressSubject {
  return family === 6 ? "ipv6" : "ipv4";
}

export function isAddressSubject(subject: string): subject is AddressSubject {
  return Object.hasOwn(addressFamilies, subject);
}

/** What is asked for when so many addresses of a family are drawn. */
export function addressDemand(family: number, amount: number): Demand {
  const subject = addressSubject(family);
  return { dimension: "public_ips", subject, words: addressFamilies[subject], amount };
}

/**
 * A subject in words: "H200 GPUs", "nodes of gpu-8x-h200", "public IPv4 addresses". `profile` is the
 * profile's name, as far as whoever asks may know it.
 */
export function subjectWords(
  dimension: QuotaDimension,
  subject: string,
  profile: string | undefined,
): string {
  if (dimension === "gpus") return `${subject} GPUs`;
  if (dimension === "nodes")
    return `nodes of ${profile ?? "a profile that is not shared with you"}`;
  return isAddressSubject(subject) ? addressFamilies[subject] : "public addresses";
}

export type GroupDemand = {
  profileId: string;
  profileName: string;
  gpuModel: string | null;
  gpusPerNode: number;
  nodeCount: number;
};

/** Adds up node groups into demands: GPUs by model, nodes by profile. Groups of no nodes ask for nothing. */
export function demandsOf(groups: readonly GroupDemand[]): Demand[] {
  const demands = new Map<string, Demand>();
  const add = (demand: Demand) => {
    const key = `${demand.dimension}:${demand.subject}`;
    const earlier = demands.get(key);
    demands.set(key, earlier ? { ...earlier, amount: earlier.amount + demand.amount } : demand);
  };
  for (const group of groups) {
    if (group.nodeCount === 0) continue;
    if (group.gpuModel && group.gpusPerNode > 0) {
      add({
        dimension: "gpus",
        subject: group.gpuModel,
        words: `${group.gpuModel} GPUs`,
        amount: group.gpusPerNode * group.nodeCount,
      });
    }
    add({
      dimension: "nodes",
      subject: group.profileId,
      words: `nodes of ${group.profileName}`,
      amount: group.nodeCount,
    });
  }
  return [...demands.values()];
}

/**
 * Says whether the demands fit under the quota lines. A tenant with no line for a GPU model holds
 * none of it; every other missing line is no limit. Refuses with the first demand that does not fit,
 * the tenant's limit before the project's.
 */
export function admit(
  lines: readonly QuotaLine[],
  demands: readonly Demand[],
): Result<void, RefusalOf<"quota_exceeded">> {
  for (const scope of ["tenant", "project"] as const) {
    for (const demand of demands) {
      const line = lines.find(
        (l) =>
          l.scope === scope && l.dimension === demand.dimension && l.subject === demand.subject,
      );
      if (!line && !(scope === "tenant" && demand.dimension === "gpus")) continue;
      const limit = line?.limit ?? 0;
      const used = line?.used ?? 0;
      if (used + demand.amount > limit) {
        return refuse({
          kind: "quota_exceeded",
          scope,
          what: demand.words,
          requested: demand.amount,
          limit,
          used,
        });
      }
    }
  }
  return ok(undefined);
}
