import { z } from "zod";
import { quotaDimensions } from "#lib/domain/quota/quota";
import { idOf } from "#lib/schemas/id";
import { label } from "#lib/schemas/text";

const limit = z
  .number("Enter a number.")
  .int("Enter a whole number.")
  .min(0, "At least 0.")
  .max(100_000, "At most 100,000.")
  /** Null takes the limit away. */
  .nullable();

const subject = {
  dimension: z.enum(quotaDimensions),
  /** A GPU model (`gpus`), a compute profile's id (`nodes`), or a family (`public_ips`). */
  subject: label("what is limited", 60),
};

export const setTenantQuotaInput = z
  .object({ tenantId: idOf("tenant"), ...subject, limit })
  .strict();
export type SetTenantQuotaInput = z.infer<typeof setTenantQuotaInput>;

export const setProjectQuotaInput = z
  .object({ projectId: idOf("project"), ...subject, limit })
  .strict();
export type SetProjectQuotaInput = z.infer<typeof setProjectQuotaInput>;
