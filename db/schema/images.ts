import { sql } from "drizzle-orm";
import { check, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { imagePurposes, imageStates } from "#lib/domain/image/image";

/** An operating system that may be put on nodes: kernel and initrd in the image directory, by checksum. */
export const images = pgTable(
  "images",
  {
    id: id("image", "id").primaryKey(),
    name: text("name").notNull(),
    version: text("version").notNull(),
    purpose: text("purpose", { enum: imagePurposes }).notNull(),
    kernelFile: text("kernel_file").notNull(),
    kernelSha256: text("kernel_sha256").notNull(),
    initrdFile: text("initrd_file").notNull(),
    initrdSha256: text("initrd_sha256").notNull(),
    /** Further kernel arguments, space separated, each of a plain form. */
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
      sql`${t.kernelSha256} ~ '^[0-9a-f]{64}$' and ${t.initrdSha256} ~ '^[0-9a-f]{64}$'`,
    ),
  ],
);
