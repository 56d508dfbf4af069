import { sql } from "drizzle-orm";
import { bigint, check, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { imagePurposes, imageStates } from "#lib/domain/image/image";

/**
 * An operating system that may be put on nodes, as files in the image directory with their
 * checksums: kernel and initrd for one that runs in memory, or a disk image that is installed.
 */
export const images = pgTable(
  "images",
  {
    id: id("image", "id").primaryKey(),
    name: text("name").notNull(),
    version: text("version").notNull(),
    purpose: text("purpose", { enum: imagePurposes }).notNull(),
    kernelFile: text("kernel_file"),
    kernelSha256: text("kernel_sha256"),
    initrdFile: text("initrd_file"),
    initrdSha256: text("initrd_sha256"),
    /** A raw disk, compressed by gzip; the checksum is of the file as it lies there. */
    diskFile: text("disk_file"),
    diskSha256: text("disk_sha256"),
    /** Unpacked: what a disk must hold at least. */
    diskBytes: bigint("disk_bytes", { mode: "number" }),
    /** Further kernel arguments of one that runs in memory, space separated, each of a plain form. */
    kernelArgs: text("kernel_args").notNull().default(""),
    defaultUser: text("default_user").notNull(),
    /** `unverified` until the worker has read the files and found the checksums true. */
    state: text("state", { enum: imageStates }).notNull().default("unverified"),
    stateReason: text("state_reason"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex("images_name_version").on(t.name, t.version),
    check(
      "images_checksums_are_sha256",
      sql`${t.kernelSha256} ~ '^[0-9a-f]{64}$' and ${t.initrdSha256} ~ '^[0-9a-f]{64}$' and ${t.diskSha256} ~ '^[0-9a-f]{64}$'`,
    ),
    // Nulls in a check are no objection, so every column of both forms is named.
    check(
      "images_one_form",
      sql`(${t.kernelFile} is not null and ${t.kernelSha256} is not null and ${t.initrdFile} is not null and ${t.initrdSha256} is not null and ${t.diskFile} is null and ${t.diskSha256} is null and ${t.diskBytes} is null)
        or (${t.purpose} = 'tenant' and ${t.diskFile} is not null and ${t.diskSha256} is not null and ${t.diskBytes} is not null and ${t.diskBytes} > 0 and ${t.kernelFile} is null and ${t.kernelSha256} is null and ${t.initrdFile} is null and ${t.initrdSha256} is null)`,
    ),
  ],
);
