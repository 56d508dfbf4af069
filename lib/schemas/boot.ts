import { z } from "zod";
import { installResults } from "#lib/domain/boot/install-report";
import {
  methodOutcomes,
  sanitizedDeviceKinds,
  sanitizeLevels,
  sanitizeResults,
} from "#lib/domain/boot/sanitize-report";
import { storable } from "#lib/domain/storable";

// What a booting node sends. None of it is trusted: control characters are dropped, so that a
// message stays one line of a log, and long text is cut rather than the whole report refused.

const text = (longest: number) =>
  z
    .string()
    .transform((value) => value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").slice(0, longest))
    // The cut may have parted a surrogate pair.
    .transform(storable);
const name = (longest: number) =>
  z
    .string()
    .max(longest)
    .regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u);

/** The type and the key; the comment is free text of the node. Anything else is no key. */
const hostKey = z
  .string()
  .max(1_024)
  .optional()
  .transform((value) => value?.match(/^ssh-ed25519 [A-Za-z0-9+/]{40,100}={0,2}(?=\s|$)/)?.[0]);

/** `POST /w/{token}/progress`. */
export const sanitizeProgress = z.object({
  stage: text(64),
  percent: z.number().min(0).max(100).optional(),
  message: text(500).optional(),
});
export type SanitizeProgress = z.infer<typeof sanitizeProgress>;

/** `POST /w/{token}/report`. */
export const sanitizeReport = z.object({
  tool: name(100),
  devices: z
    .array(
      z.object({
        kind: z.enum(sanitizedDeviceKinds),
        serial: name(128),
        model: text(128).optional(),
        sizeBytes: z.number().int().nonnegative().optional(),
        method: text(200),
        result: z.enum(sanitizeResults),
        durationMs: z.number().nonnegative(),
        message: text(500).optional(),
        level: z.enum(sanitizeLevels).optional(),
        tried: z
          .array(z.object({ method: text(100), outcome: z.enum(methodOutcomes) }))
          .max(16)
          .optional(),
        samplesRead: z.number().int().nonnegative().optional(),
      }),
    )
    .max(512),
});

/** `POST /w/{token}/report` of an installation. */
export const installReport = z.object({
  tool: name(100),
  result: z.enum(installResults),
  disk: name(64),
  serial: name(128),
  sizeBytes: z.number().int().nonnegative(),
  sha256: z.string().regex(/^([0-9a-f]{64})?$/),
  durationMs: z.number().nonnegative(),
  message: text(500).optional(),
});

/** `POST /e/{token}`: an event of cloud-init's webhook handler (cloudinit/reporting/events.py). */
export const cloudInitEvent = z.object({
  name: text(128),
  description: text(500).default(""),
  event_type: z.enum(["start", "finish"]),
  origin: text(64).default(""),
  timestamp: z.number().optional(),
  result: z.enum(["SUCCESS", "WARN", "FAIL"]).optional(),
});
export type CloudInitEvent = z.infer<typeof cloudInitEvent>;

/** `POST /s/{token}`: what `startedFiles` sends at each boot; `keys` is the revision that it took. */
export const startedForm = z.object({ pub_key_ed25519: hostKey, keys: text(64).default("") });

/** `POST /p/{token}`: the form of cloud-init's phone_home module, which says `N/A` for what is missing. */
export const phoneHomeForm = z.object({
  instance_id: name(128).min(1),
  hostname: text(253).default(""),
  fqdn: text(253).default(""),
  pub_key_ed25519: hostKey,
});

/** `POST /h/{token}/{run}/begin`: the name that a runner made for itself. */
export const runnerName = z.string().regex(/^[A-Za-z0-9-]{8,64}$/);

/** `POST /h/{token}/{run}/end`: how a script ended. Its outputs are read by `judgeScript`. */
export const scriptReport = z.discriminatedUnion("result", [
  z.object({
    result: z.literal("exit"),
    code: z.number().int().min(0).max(255),
    outputs: z.string().transform(storable),
  }),
  z.object({ result: z.literal("signal"), signal: z.number().int().min(1).max(64) }),
  z.object({ result: z.literal("timeout") }),
  z.object({ result: z.literal("flood") }),
  z.object({ result: z.literal("not_started"), message: text(300).default("") }),
  z.object({ result: z.literal("interrupted"), message: text(300).default("") }),
]);
