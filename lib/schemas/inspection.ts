import { z } from "zod";
import { burnInResults, burnInTests } from "#lib/domain/inspection/burn-in";
import type { InspectionReport } from "#lib/domain/inspection/inspection-report";
import { inspectionLevels, testSeconds } from "#lib/domain/inspection/order";
import { redactJobLog } from "#lib/domain/inspection/redact-log";
import { storable } from "#lib/domain/storable";

// What an inspected host sends. It is a claim of the host: every field is held to its shape, cut to
// its length, and lists end where no server is that large.

const line = (longest: number) =>
  z
    .string()
    .transform((value) =>
      storable(value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").slice(0, longest)).trim(),
    );
/** Null where there is nothing to say; an empty text is the same. */
const fact = z
  .union([line(200), z.null()])
  .transform((value) => value || null)
  .catch(null);
const number = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER).nullable().catch(null);
const yesNo = z.boolean().nullable().catch(null);
const hex = (digits: number) =>
  z
    .string()
    .toLowerCase()
    .regex(new RegExp(`^[0-9a-f]{${digits}}$`))
    .nullable()
    .catch(null);
const mac = z
  .string()
  .toLowerCase()
  .regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/)
  .nullable()
  .catch(null);

/** All noughts is what drivers say of GPUs that are joined to none. */
const nvlinkCluster = z
  .object({
    uuid: z
      .string()
      .toLowerCase()
      .regex(/^(?!0{8}-)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    clique: z.number().int().min(0).max(4_294_967_295),
  })
  .nullable()
  .catch(null);

const hostFacts = z.object({
  kernel: fact,
  firmware: z.enum(["uefi", "bios"]).nullable().catch(null),
  system: z.object({
    manufacturer: fact,
    model: fact,
    serial: fact,
    uuid: fact,
    boardSerial: fact,
    biosVendor: fact,
    biosVersion: fact,
    biosDate: fact,
  }),
  cpu: z.object({ model: fact, sockets: number, cores: number, threads: number }),
  memory: z.object({
    totalMib: number,
    modules: z
      .array(
        z.object({
          slot: line(100),
          sizeMib: number,
          serial: fact,
          partNumber: fact,
          speedMhz: number,
        }),
      )
      .max(256)
      .nullable(),
  }),
  drives: z
    .array(
      z.object({
        name: line(64),
        model: fact,
        serial: fact,
        sizeBytes: number,
        rotational: yesNo,
      }),
    )
    .max(512),
  nics: z
    .array(z.object({ name: line(64), mac, driver: fact, speedMbps: number, linkUp: yesNo }))
    .max(256),
  infiniband: z
    .array(
      z.object({
        device: line(64),
        port: z.number().int().min(0).max(255),
        guid: hex(16),
        rate: fact,
        state: fact,
      }),
    )
    .max(128),
  pci: z
    .array(
      z.object({
        address: line(32),
        vendorId: hex(4),
        deviceId: hex(4),
        classId: hex(6),
        width: number,
        maxWidth: number,
        speed: fact,
        maxSpeed: fact,
      }),
    )
    .max(1_024),
  gpus: z
    .array(
      z.object({
        ...{ model: fact, serial: fact, uuid: fact, memoryMib: number },
        cluster: nvlinkCluster.optional(),
      }),
    )
    .max(64)
    .nullable(),
  tpm: yesNo,
  secureBoot: yesNo,
});

/** The end of a test's output: lines stay lines, and what opens anything is taken out. */
const testLog = z
  .string()
  .transform((value) => storable(redactJobLog(value.slice(-longestTestLog))));
const longestTestLog = 8_000;

const seconds = z.number().min(0).max(31_536_000);

const burnInOutcome = z.object({
  test: z.enum(burnInTests),
  result: z.enum(burnInResults),
  startedAt: seconds,
  endedAt: seconds,
  figures: z.array(z.object({ name: line(80), value: z.number(), unit: line(20) })).max(32),
  words: line(500),
  log: testLog,
});

/** `POST /w/{token}/report` of an inspection. A test told twice is no report. */
export const inspectionReport = z.object({
  tool: line(100),
  uptimeSeconds: seconds,
  facts: hostFacts,
  tests: z
    .array(burnInOutcome)
    .max(burnInTests.length)
    .refine((tests) => new Set(tests.map(({ test }) => test)).size === tests.length),
}) satisfies z.ZodType<InspectionReport>;

/** The longest log of a job that is kept; of a longer one its end. */
export const longestJobLog = 64_000;

/** `POST /w/{token}/log`: text of any content, made fit to be kept and shown. */
export function jobLogText(body: string): string {
  return storable(redactJobLog(body.slice(-longestJobLog)));
}

/** What is asked of an inspection: by a node type, or by an operator for one node. */
export const inspectionOrder = z
  .object({
    level: z.enum(inspectionLevels, "Choose what is done."),
    seconds: z
      .number("Enter a number of seconds.")
      .int("Enter a whole number.")
      .min(testSeconds.least, `At least ${testSeconds.least}.`)
      .max(testSeconds.most, `At most ${testSeconds.most}.`)
      .optional(),
  })
  .strict();
