import { z } from "zod";
import { controllerProtocols } from "#lib/domain/node/controller-protocol";
import { differenceFields } from "#lib/domain/node/node-type";
import { idOf } from "#lib/schemas/id";
import { inspectionOrder } from "#lib/schemas/inspection";
import { label, prose } from "#lib/schemas/text";

/** `host:port`, or a host alone for port 443. */
export const controllerAddress = z
  .string()
  .trim()
  .min(1, "Enter the controller's address.")
  .max(260, "At most 260 characters.")
  .regex(
    /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)(:\d{1,5})?$/,
    "Enter a host name or an IP address, and a port if it is not 443: 10.0.8.21 or bmc-a1.example:8443.",
  )
  .transform((text) => (/:\d{1,5}$/.test(text) ? text : `${text}:443`));

/** SHA-256 of a certificate as pairs of hexadecimal digits; colons may be left out. */
export const fingerprint = z
  .string()
  .trim()
  .transform((text) => text.replaceAll(":", "").toUpperCase())
  .refine((text) => /^[0-9A-F]{64}$/.test(text), "A SHA-256 fingerprint has 64 hexadecimal digits.")
  .transform((text) => (text.match(/../g) ?? []).join(":"));

export const nodeName = z
  .string()
  .trim()
  .min(1, "Give the node a name.")
  .max(63, "At most 63 characters.")
  .regex(
    /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
    "Use lower-case letters, digits and dashes; begin with a letter and end with a letter or digit.",
  );

export const rackUnit = z
  .number()
  .int()
  .min(1, "Units begin at 1.")
  .max(100, "At most 100.")
  .nullable();

export const addressOfSystem = z.union([z.ipv4(), z.ipv6()], { error: "Enter an IP address." });

const credential = {
  username: label("the user name", 128),
  password: z.string().min(1, "Enter the password.").max(512, "At most 512 characters."),
};

const reason = prose(500).min(3, "Say why, in a few words.");

export const enrolNodeInput = z
  .object({
    name: nodeName,
    rackId: idOf("rack"),
    unit: rackUnit,
    nodeTypeId: idOf("nodeType"),
    controllerAddress,
    ...credential,
    /** Known beforehand: the operator is then not asked again if the controller shows it. */
    expectedFingerprint: fingerprint.nullable(),
    /** Where the operating system will answer; null to learn it when the node phones home. */
    address: addressOfSystem.nullable(),
    protocol: z.enum(controllerProtocols).default("redfish"),
  })
  .strict();
/** As parsed; a protocol that is left out is Redfish. */
export type EnrolNodeInput = z.input<typeof enrolNodeInput>;

export const confirmCertificatesInput = z
  .object({
    certificates: z
      .array(z.object({ nodeId: idOf("node"), fingerprint }).strict())
      .min(1, "Choose at least one certificate.")
      .max(5_000, "At most 5,000 at once."),
  })
  .strict();
export type ConfirmCertificatesInput = z.infer<typeof confirmCertificatesInput>;

export const acceptVariantInput = z
  .object({
    nodeId: idOf("node"),
    /** The differences that were read, so that nobody accepts what has come since. */
    differences: z
      .array(
        z.object({
          field: z.enum(differenceFields),
          words: prose(1_000),
        }),
      )
      .min(1, "Choose at least one difference.")
      .max(50, "At most 50."),
    reason,
  })
  .strict();
export type AcceptVariantInput = z.infer<typeof acceptVariantInput>;

export const withdrawVariantInput = z.object({ nodeId: idOf("node") }).strict();
export type WithdrawVariantInput = z.infer<typeof withdrawVariantInput>;

export const changeCredentialInput = z.object({ nodeId: idOf("node"), ...credential }).strict();
export type ChangeCredentialInput = z.infer<typeof changeCredentialInput>;

export const orderNodeInput = z.discriminatedUnion("order", [
  z.object({ nodeId: idOf("node"), order: z.enum(["verify", "sanitize", "rotate"]) }).strict(),
  z
    .object({ nodeId: idOf("node"), order: z.literal("inspect"), inspection: inspectionOrder })
    .strict(),
]);
export type OrderNodeInput = z.infer<typeof orderNodeInput>;

export const retryRotationInput = z.object({ nodeId: idOf("node") }).strict();
export type RetryRotationInput = z.infer<typeof retryRotationInput>;

export const setAsideNodeInput = z
  .object({ nodeId: idOf("node"), to: z.enum(["quarantined", "retired"]), reason })
  .strict();
export type SetAsideNodeInput = z.infer<typeof setAsideNodeInput>;

export const flagNodeInput = z
  .object({
    nodeId: idOf("node"),
    flag: z.enum(["maintenance", "cordoned"]),
    on: z.boolean(),
    reason: prose(500),
  })
  .strict();
export type FlagNodeInput = z.infer<typeof flagNodeInput>;
