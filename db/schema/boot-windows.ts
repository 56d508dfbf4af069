import { sql } from "drizzle-orm";
import { bigint, index, integer, jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { allocations } from "#db/schema/environments";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import type { BootPlaces } from "#lib/domain/boot/boot-place";
import { bootPurposes } from "#lib/domain/boot/boot-purpose";
import type { InstallReport } from "#lib/domain/boot/install-report";
import { networkBoots } from "#lib/domain/boot/network-boot";
import type { SanitizeReport } from "#lib/domain/boot/sanitize-report";
import type { BootSeed } from "#lib/domain/boot/seed";
import type { AuthorizedKey } from "#lib/domain/environment/authorized-key";
import type { InspectionReport } from "#lib/domain/inspection/inspection-report";
import type { InspectionOrder } from "#lib/domain/inspection/order";

/**
 * The time in which a node may boot from us, and what it then gets. Tokens are derived from the
 * id and kept as SHA-256 only.
 */
export const bootWindows = pgTable(
  "boot_windows",
  {
    id: id("bootWindow", "id").primaryKey(),
    nodeId: id("node", "node_id")
      .notNull()
      .references(() => nodes.id),
    operationId: id("operation", "operation_id")
      .notNull()
      .references(() => operations.id),
    allocationId: id("allocation", "allocation_id").references(() => allocations.id),
    tenantId: id("tenant", "tenant_id"),
    environmentId: id("environment", "environment_id"),
    purpose: text("purpose", { enum: bootPurposes }).notNull(),
    /** Lower case with colons; null when the controller did not tell. */
    mac: text("mac"),
    /** How the node was to be started when this was opened; null for a start from its disk. */
    way: text("way", { enum: networkBoots }),
    bootOrigin: text("boot_origin").notNull(),
    bootTokenHash: text("boot_token_hash").notNull(),
    seedTokenHash: text("seed_token_hash").notNull(),
    phoneTokenHash: text("phone_token_hash").notNull(),
    eventTokenHash: text("event_token_hash").notNull(),
    wipeTokenHash: text("wipe_token_hash").notNull(),
    /** Of an install window: opens the windows of later starts of what was installed. */
    startTokenHash: text("start_token_hash"),
    /** Opens the scripts of hooks in this boot, and for what was installed in its later starts. */
    hookTokenHash: text("hook_token_hash"),
    /** Null for a start from disk, which fetches nothing. */
    kernelFile: text("kernel_file"),
    kernelSha256: text("kernel_sha256"),
    initrdFile: text("initrd_file"),
    initrdSha256: text("initrd_sha256"),
    /** What an installation writes; null otherwise. */
    diskFile: text("disk_file"),
    diskSha256: text("disk_sha256"),
    diskBytes: bigint("disk_bytes", { mode: "number" }),
    kernelArgs: text("kernel_args").notNull(),
    /** What cloud-init is told; null for a sanitize boot and a start from disk. */
    seed: jsonb("seed").$type<BootSeed>(),
    /** The keys that this boot is to put on the node; null for a job in memory. */
    authorizedKeys: jsonb("authorized_keys").$type<AuthorizedKey[]>(),
    /** When a system that starts from its disk said that it took them. */
    keysPutAt: instant("keys_put_at"),
    /** Values of secret inputs as JSON, sealed for the boot server; gone when the window closes. */
    sealedInputs: text("sealed_inputs"),
    /** What is asked of an inspection; null for every other boot. */
    inspection: jsonb("inspection").$type<InspectionOrder>(),
    openedAt: instant("opened_at").notNull().defaultNow(),
    expiresAt: instant("expires_at").notNull(),
    scriptFetchedAt: instant("script_fetched_at"),
    kernelFetchedAt: instant("kernel_fetched_at"),
    userDataFetchedAt: instant("user_data_fetched_at"),
    userDataTries: integer("user_data_tries").notNull().default(0),
    phonedHomeAt: instant("phoned_home_at"),
    peerAddress: text("peer_address"),
    hostKey: text("host_key"),
    progress: text("progress"),
    progressAt: instant("progress_at"),
    wrongTokens: integer("wrong_tokens").notNull().default(0),
    /** Where each stage of this boot asks from, as its first request said. */
    places: jsonb("places").$type<BootPlaces>().notNull().default({}),
    /** How often its tokens came from elsewhere, or from a machine that is another. */
    wrongPlaces: integer("wrong_places").notNull().default(0),
    report: jsonb("report").$type<SanitizeReport>(),
    installReport: jsonb("install_report").$type<InstallReport>(),
    inspectionReport: jsonb("inspection_report").$type<InspectionReport>(),
    reportedAt: instant("reported_at"),
    /** The end of what a job in memory logged, secrets removed. */
    jobLog: text("job_log"),
    jobLogAt: instant("job_log_at"),
    closedAt: instant("closed_at"),
  },
  (t) => [
    uniqueIndex("boot_windows_boot_token").on(t.bootTokenHash),
    uniqueIndex("boot_windows_seed_token").on(t.seedTokenHash),
    uniqueIndex("boot_windows_phone_token").on(t.phoneTokenHash),
    uniqueIndex("boot_windows_event_token").on(t.eventTokenHash),
    uniqueIndex("boot_windows_wipe_token").on(t.wipeTokenHash),
    uniqueIndex("boot_windows_start_token").on(t.startTokenHash),
    uniqueIndex("boot_windows_hook_token").on(t.hookTokenHash),
    uniqueIndex("boot_windows_one_open_per_node").on(t.nodeId).where(sql`${t.closedAt} is null`),
    index("boot_windows_by_operation").on(t.operationId),
  ],
);
