"use client";

import type { ReactNode } from "react";
import { ImageStateText } from "#components/images/image-state";
import { ReviewImageButtons } from "#components/images/review-image-buttons";
import { ShareDialog, type ShareTarget } from "#components/sharing/share-dialog";
import { CopyText } from "#components/ui/copy-button";
import { RelativeTime } from "#components/ui/relative-time";
import { type Column, DataTable } from "#components/ui/table";
import { formatBytes } from "#lib/client/format";
import { sharedWithWords } from "#lib/client/shared-with";
import type { Id } from "#lib/domain/id";
import type { ImagePurpose, ImageState } from "#lib/domain/image/image";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { ReviewImageInput, ShareImageInput } from "#lib/schemas/image";

export type ImageRow = {
  id: Id<"image">;
  name: string;
  version: string;
  purpose: ImagePurpose;
  state: ImageState;
  stateReason: string | null;
  form: "disk" | "memory";
  files: { name: string; sha256: string }[];
  diskBytes: number | null;
  createdAt: string;
  defaultOf: string[];
  sharedWith: Id<"project">[];
  sharedWithTenants: Id<"tenant">[];
};

type Props = {
  images: ImageRow[];
  shareTargets: ShareTarget[];
  /** Absent for those who may only look. */
  edit?: {
    review: (input: ReviewImageInput) => Promise<Result<unknown, Refusal>>;
    share: (input: ShareImageInput) => Promise<Result<unknown, Refusal>>;
  };
  empty: ReactNode;
};

const mostNamed = 3;

/** The profiles that an image is the default of; the first few by name. */
function defaultsShown(profiles: readonly string[]): string[] {
  if (profiles.length === 0) return [];
  const named = profiles.slice(0, mostNamed).join(", ");
  const rest = profiles.length - mostNamed;
  return [`default of ${named}${rest > 0 ? ` and ${rest} more` : ""}`];
}

/** Every image with its state, files and use. */
export function ImageTable({ images, shareTargets, edit, empty }: Props) {
  const columns: Column<ImageRow>[] = [
    {
      id: "name",
      header: "Image",
      rowHeader: true,
      cell: (image) => (
        <>
          {image.name} {image.version}
          <span className="block text-faint text-xs">{purposeOf(image)}</span>
        </>
      ),
    },
    {
      id: "state",
      header: "State",
      cell: (image) => <ImageStateText state={image.state} reason={image.stateReason} />,
    },
    {
      id: "files",
      header: "Files",
      cell: (image) => (
        <ul className="flex flex-col gap-0.5">
          {image.files.map((file) => (
            <FileLine key={file.name} file={file.name} sha256={file.sha256} />
          ))}
        </ul>
      ),
    },
    {
      id: "use",
      header: "Used by",
      cell: (image) => {
        if (image.purpose === "sanitize") return "every release";
        if (image.purpose === "install") return "every image that is installed";
        if (image.purpose === "inspect") return "every inspection";
        const parts = defaultsShown(image.defaultOf);
        const sharedWith = sharedWithWords(image);
        if (sharedWith) parts.push(`shared with ${sharedWith}`);
        return parts.join(", ") || <span className="text-faint">nothing yet</span>;
      },
    },
    { id: "added", header: "Added", cell: (image) => <RelativeTime at={image.createdAt} /> },
  ];
  if (edit) {
    columns.push({
      id: "act",
      header: "Acts",
      headerHidden: true,
      align: "end",
      cell: (image) => (
        <span className="inline-flex flex-wrap gap-1.5 md:justify-end">
          {image.purpose === "tenant" && image.state !== "retired" && (
            <ShareDialog
              what={`${image.name} ${image.version}`}
              effect="Whoever is ticked may choose it at a launch, besides the default image of each profile."
              targets={shareTargets}
              sharedWith={image}
              share={(holders) => edit.share({ imageId: image.id, ...holders })}
            />
          )}
          <ReviewImageButtons
            image={{ ...image, name: `${image.name} ${image.version}` }}
            review={edit.review}
          />
        </span>
      ),
    });
  }
  return (
    <DataTable
      label="Images"
      columns={columns}
      rows={images}
      rowKey={(image) => image.id}
      empty={empty}
    />
  );
}

function purposeOf({ purpose, form, diskBytes }: ImageRow): string {
  if (purpose === "sanitize") return "sanitizes nodes";
  if (purpose === "install") return "installs disk images";
  if (purpose === "inspect") return "inspects hosts";
  if (form === "memory") return "for environments, runs in memory";
  return `for environments, installed; ${formatBytes(diskBytes ?? 0)} on disk`;
}

function FileLine({ file, sha256 }: { file: string; sha256: string }) {
  return (
    <li className="flex flex-wrap items-baseline gap-x-2 font-mono text-xs">
      {file}
      <CopyText
        value={sha256}
        label={`SHA-256 of ${file}`}
        shown={`${sha256.slice(0, 8)}…${sha256.slice(-4)}`}
      />
    </li>
  );
}
