import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { and, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { profiles, templates, templateVersions } from "#db/schema/catalogue";
import { images } from "#db/schema/images";
import { type GrantsOf, must, reading, until } from "#e2e/world/acting";
import { createProfile } from "#lib/commands/create-profile";
import { createTemplate } from "#lib/commands/create-template";
import { moveProfile } from "#lib/commands/move-profile";
import { moveTemplateVersion } from "#lib/commands/move-template-version";
import { registerImage } from "#lib/commands/register-image";
import { shareImage } from "#lib/commands/share-image";
import { shareProfile } from "#lib/commands/share-profile";
import { shareTemplate } from "#lib/commands/share-template";
import type { Id } from "#lib/domain/id";
import type { ImagePurpose } from "#lib/domain/image/image";
import type { CreateProfileInput } from "#lib/schemas/profile";
import type { CreateTemplateInput } from "#lib/schemas/template";

// What tenants choose from. Each of these gives the id of what has that name, and makes it first
// when there is none, as an operator would: registered, verified by the worker, made active. What an
// earlier run was broken off at is made ready.

/**
 * An image with its two files in the image directory. Simulated machines download a kernel to its
 * last byte and run none of it, so what is in the files is the same few words over and over.
 */
export async function image(
  db: Database,
  may: GrantsOf,
  input: { name: string; version: string; purpose: ImagePurpose; directory: string },
): Promise<Id<"image">> {
  const { name, version, purpose, directory } = input;
  const found = () =>
    reading(db, (tx) =>
      tx
        .select()
        .from(images)
        .where(and(eq(images.name, name), eq(images.version, version))),
    );
  const stem = `${name}-${version}`.toLowerCase().replaceAll(/[^a-z0-9.]+/g, "-");
  const kernel = await imageFile(directory, `${stem}-vmlinuz`, 1_500_000);
  const initrd = await imageFile(directory, `${stem}-initrd.img`, 3_000_000);
  const [known] = await found();
  if (!known) {
    must(
      await registerImage(db, may("catalogue.edit"), {
        name,
        version,
        purpose,
        kernelFile: kernel.name,
        form: "memory",
        kernelSha256: kernel.sha256,
        initrdFile: initrd.name,
        initrdSha256: initrd.sha256,
        kernelArgs: "console=ttyS0,115200n8",
        defaultUser: purpose === "tenant" ? "ubuntu" : "root",
      }),
    );
  }
  return until(`${name} ${version} being verified by the worker`, async () => {
    const [row] = await found();
    if (row?.state === "rejected") throw new Error(`${name}: ${row.stateReason}`);
    return row && row.state !== "unverified" ? row.id : undefined;
  });
}

async function imageFile(directory: string, name: string, bytes: number) {
  const file = path.join(directory, name);
  await mkdir(directory, { recursive: true });
  if (!existsSync(file)) {
    // Under its name it is whole, or not there.
    const draft = `${file}.new`;
    await writeFile(draft, Buffer.alloc(bytes, `${name}, of a simulation. `));
    await rename(draft, file);
  }
  return {
    name,
    sha256: createHash("sha256")
      .update(await readFile(file))
      .digest("hex"),
  };
}

/** An active profile. */
export async function profile(
  db: Database,
  may: GrantsOf,
  input: CreateProfileInput,
): Promise<Id<"profile">> {
  const [known] = await reading(db, (tx) =>
    tx.select().from(profiles).where(eq(profiles.name, input.name)),
  );
  const profileId =
    known?.id ?? must(await createProfile(db, may("catalogue.edit"), input)).profileId;
  if (!known || known.state === "draft") {
    must(await moveProfile(db, may("catalogue.edit"), { profileId, to: "active" }));
  }
  return profileId;
}

/** A template with its first version published. */
export async function template(
  db: Database,
  may: GrantsOf,
  input: CreateTemplateInput,
): Promise<Id<"template">> {
  const [known] = await reading(db, (tx) =>
    tx.select().from(templates).where(eq(templates.name, input.name)),
  );
  const templateId =
    known?.id ?? must(await createTemplate(db, may("catalogue.edit"), input)).templateId;
  const [first] = await reading(db, (tx) =>
    tx
      .select()
      .from(templateVersions)
      .where(eq(templateVersions.templateId, templateId))
      .orderBy(templateVersions.version)
      .limit(1),
  );
  if (!first) throw new Error(`${input.name} has no version`);
  if (first.state === "draft") {
    must(
      await moveTemplateVersion(db, may("catalogue.edit"), {
        templateVersionId: first.id,
        to: "published",
      }),
    );
  }
  return templateId;
}

export type Offer = {
  imageIds: Id<"image">[];
  profileIds: Id<"profile">[];
  templateIds: Id<"template">[];
};

/** Shares everything of an offer with these projects, and with no others. */
export async function share(
  db: Database,
  may: GrantsOf,
  offer: Offer,
  projectIds: Id<"project">[],
): Promise<void> {
  for (const imageId of offer.imageIds) {
    must(await shareImage(db, may("catalogue.edit"), { imageId, projectIds }));
  }
  for (const profileId of offer.profileIds) {
    must(await shareProfile(db, may("catalogue.edit"), { profileId, projectIds }));
  }
  for (const templateId of offer.templateIds) {
    must(await shareTemplate(db, may("catalogue.edit"), { templateId, projectIds }));
  }
}
