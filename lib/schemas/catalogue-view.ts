import type { OfferedHook } from "#lib/domain/hook/words";
import type { Id } from "#lib/domain/id";
import type { NodeTypeSpec } from "#lib/domain/node/node-type";
import type { ContainerRuntime, GpuSharing } from "#lib/domain/profile/facts";
import type { ProfileState } from "#lib/domain/profile/profile";
import type { TemplateInput } from "#lib/domain/template/inputs";
import type { NodeGroupRole } from "#lib/domain/template/template";
import type { QuotaMeter, TimeToReady } from "#lib/schemas/environment-view";

// What the catalogue and the launch form are told.

export type CatalogueProfile = {
  id: Id<"profile">;
  name: string;
  displayName: string;
  state: ProfileState;
  description: string;
  gpusPerNode: number;
  gpuModel: string | null;
  spec: NodeTypeSpec;
  /** Of a node, an hour, in hundredths of the currency; null where no price is told. */
  priceCents: number | null;
  /** In hours; null for no limit. */
  longestLeaseHours: number | null;
  /** Those that its nodes may run of the project's, by name; null for all of them. */
  allowedImages: string[] | null;
  /** What its nodes run unless another is chosen; null where that one is not approved any more. */
  defaultImage: string | null;
  gpuSharing: GpuSharing;
  containerRuntime: ContainerRuntime;
  storageClasses: string[];
  freeNow: number;
  timeToReady: TimeToReady | null;
};

export type CatalogueTemplate = {
  id: Id<"template">;
  versionId: Id<"templateVersion">;
  version: number;
  name: string;
  description: string;
  readme: string;
  /** In hours, by the template itself, whatever its profiles allow; null for no limit. */
  longestLeaseHours: number | null;
  groups: {
    name: string;
    role: NodeGroupRole;
    minCount: number;
    maxCount: number;
    defaultCount: number;
    /** Null when the operator has not shared the profile: the template cannot be launched. */
    profile: {
      id: Id<"profile">;
      name: string;
      displayName: string;
      state: ProfileState;
      gpusPerNode: number;
      gpuModel: string | null;
      freeNow: number;
      /** In hours; null for no limit. */
      longestLeaseHours: number | null;
      defaultImageId: Id<"image">;
      /** What its nodes may run; null for any image that the project may run. */
      allowedImageIds: Id<"image">[] | null;
    } | null;
  }[];
  /** What is asked at launch. */
  inputs: TemplateInput[];
  /** What is done besides; who decides is told in words. */
  hooks: OfferedHook[];
  /** Of its slowest group; null without a history. */
  timeToReady: TimeToReady | null;
  /** Why it cannot be launched at all, in words; null when it can. */
  blocked: string | null;
};

export type Catalogue = {
  projectName: string;
  profiles: CatalogueProfile[];
  templates: CatalogueTemplate[];
  /** What prices are told in. */
  currency: string;
  mayLaunch: boolean;
};

/** `publicKey`: as OpenSSH writes it. */
type KeyToChoose<K> = { id: K; name: string; fingerprint: string; publicKey: string };

/** Keys to choose from: the person's own, and the project's. */
export type KeyOffer = {
  sshKeys: KeyToChoose<Id<"sshKey">>[];
  projectKeys: KeyToChoose<Id<"projectKey">>[];
};

export type LaunchForm = KeyOffer & {
  projectName: string;
  templates: CatalogueTemplate[];
  images: { id: Id<"image">; name: string; version: string }[];
  quota: QuotaMeter[];
};
