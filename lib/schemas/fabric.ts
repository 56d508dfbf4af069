import { z } from "zod";
import { fabricKinds } from "#lib/domain/fabric/fabric";
import { longestPortSheet } from "#lib/domain/fabric/port-plan";
import { idOf } from "#lib/schemas/id";
import { label, prose } from "#lib/schemas/text";

export const createFabricInput = z
  .object({
    siteId: idOf("site"),
    kind: z.enum(fabricKinds),
    name: label("a name for the fabric", 60),
  })
  .strict();
export type CreateFabricInput = z.infer<typeof createFabricInput>;

export const removeFabricInput = z.object({ fabricId: idOf("fabric") }).strict();
export type RemoveFabricInput = z.infer<typeof removeFabricInput>;

export const acceptNvlinkDomainInput = z
  .object({
    siteId: idOf("site"),
    /** What its nodes tell: a ClusterUUID, or the serial number of their rack. */
    told: label("what the nodes tell", 200),
    /** Of a new domain, or of one that they are added to. */
    name: label("a name for the domain", 60),
  })
  .strict();
export type AcceptNvlinkDomainInput = z.infer<typeof acceptNvlinkDomainInput>;

export const portSheetInput = z
  .object({
    fabricId: idOf("fabric"),
    text: prose(longestPortSheet).min(1, "Paste a list or the output of ibnetdiscover."),
    /** Whether ports that are not in it leave the fabric. */
    isWhole: z.boolean(),
  })
  .strict();

export const setNvlinkMembersInput = z
  .object({
    fabricId: idOf("fabric"),
    /** Names of nodes, with blanks, commas or line ends between them; empty for none. */
    nodes: prose(20_000).transform((text) => [
      ...new Set(text.split(/[\s,;]+/).filter((name) => name !== "")),
    ]),
  })
  .strict();
export type SetNvlinkMembersInput = z.infer<typeof setNvlinkMembersInput>;
