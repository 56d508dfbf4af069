import { z } from "zod";
import { dhcpModes } from "#lib/domain/boot/dnsmasq-config";
import { idOf } from "#lib/schemas/id";
import { deviceName } from "#lib/schemas/network";
import { line } from "#lib/schemas/text";

const optional = line(45).transform((text) => text || null);

export const setProvisioningInput = z
  .object({
    siteId: idOf("site"),
    mode: z.enum(dhcpModes),
    /** Empty: any of the machine's. */
    networkInterface: z.union([z.literal("").transform(() => null), deviceName]),
    subnet: line(45),
    firstAddress: optional,
    lastAddress: optional,
    router: optional,
    dns: optional,
    leaseMinutes: z
      .number("Enter a number.")
      .int("Enter a whole number.")
      .min(2, "At least 2 minutes.")
      .max(10_080, "At most a week."),
  })
  .strict();
export type SetProvisioningInput = z.infer<typeof setProvisioningInput>;

export const makeLeaseScriptInput = z.object({ siteId: idOf("site") }).strict();
export type MakeLeaseScriptInput = z.infer<typeof makeLeaseScriptInput>;

export const removeProvisioningInput = z.object({ siteId: idOf("site") }).strict();
export type RemoveProvisioningInput = z.infer<typeof removeProvisioningInput>;
