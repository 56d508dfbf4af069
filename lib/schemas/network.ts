import { z } from "zod";
import { idOf } from "#lib/schemas/id";
import { controllerAddress } from "#lib/schemas/node";
import { label, line, prose } from "#lib/schemas/text";

/** The name of a device or a network namespace of Linux. */
export const deviceName = z
  .string()
  .trim()
  .min(1, "Enter a name.")
  .max(15, "At most 15 characters.")
  .regex(/^[A-Za-z0-9_.][A-Za-z0-9_.-]*$/, "Enter the name of a device, as in br0.");

const certificatePem = prose(10_000).refine(
  (text) => /^-----BEGIN CERTIFICATE-----\n[\s\S]+-----END CERTIFICATE-----$/.test(text),
  { error: "Paste the certificate in PEM form, from BEGIN to END CERTIFICATE." },
);

const httpNetwork = z
  .object({
    siteId: idOf("site"),
    driver: z.literal("http"),
    address: controllerAddress,
    certificatePem,
    /** Signs the requests. Empty: the one that was entered before. */
    secret: z.union([z.literal(""), line(200).min(16, "At least 16 characters.")]),
  })
  .strict();

const bridgeNetwork = z
  .object({
    siteId: idOf("site"),
    driver: z.literal("linux_bridge"),
    bridge: deviceName,
    /** Empty: the one that the worker runs in. */
    namespace: z.union([z.literal(""), deviceName]),
  })
  .strict();

export const setSiteNetworkInput = z.discriminatedUnion("driver", [httpNetwork, bridgeNetwork]);
export type SetSiteNetworkInput = z.infer<typeof setSiteNetworkInput>;

export const removeSiteNetworkInput = z.object({ siteId: idOf("site") }).strict();
export type RemoveSiteNetworkInput = z.infer<typeof removeSiteNetworkInput>;

export const setNodePortInput = z
  .object({
    nodeId: idOf("node"),
    /** As the site's network driver calls it. Empty: the node has none. */
    port: line(100),
  })
  .strict();
export type SetNodePortInput = z.infer<typeof setNodePortInput>;

export const setFabricManagerInput = z
  .object({
    siteId: idOf("site"),
    address: controllerAddress,
    certificatePem,
    username: label("the user name that Ingot signs in with", 128),
    /** Empty: the one that was entered before. */
    password: z.string().max(512, "At most 512 characters."),
  })
  .strict();
export type SetFabricManagerInput = z.infer<typeof setFabricManagerInput>;

export const removeFabricManagerInput = z.object({ siteId: idOf("site") }).strict();
export type RemoveFabricManagerInput = z.infer<typeof removeFabricManagerInput>;
