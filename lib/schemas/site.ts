import { z } from "zod";
import { idOf } from "#lib/schemas/id";
import { label } from "#lib/schemas/text";

/** An address without a path that nodes reach the boot server at. */
const bootOrigin = z
  .string()
  .trim()
  .max(200)
  .refine(
    (text) => {
      const url = URL.parse(text);
      return url !== null && /^https?:$/.test(url.protocol) && url.origin === text;
    },
    { error: "Enter an address as in http://10.0.0.2:3080, without a path." },
  );

export const createSiteInput = z
  .object({
    name: label("a name for the site", 60),
    /** Empty: the general boot address of this portal. */
    bootOrigin: z.union([z.literal("").transform(() => null), bootOrigin]),
  })
  .strict();
export type CreateSiteInput = z.infer<typeof createSiteInput>;

export const createRackInput = z
  .object({
    siteId: idOf("site"),
    name: label("a name for the rack", 60),
    units: z
      .number("Enter a number.")
      .int("Enter a whole number.")
      .min(1, "At least 1 unit.")
      .max(100, "At most 100 units."),
  })
  .strict();
export type CreateRackInput = z.infer<typeof createRackInput>;
