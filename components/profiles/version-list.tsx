"use client";

import { useState, useTransition } from "react";
import { ProfileVersionStateText } from "#components/profiles/profile-state";
import { Button } from "#components/ui/button";
import { ChangeList } from "#components/ui/change-list";
import { FormMessage } from "#components/ui/form-message";
import { RelativeTime } from "#components/ui/relative-time";
import { whyRefused } from "#lib/client/ask";
import { formatQuantity } from "#lib/client/format";
import type { Change } from "#lib/domain/change";
import type { Id } from "#lib/domain/id";
import type { ProfileState } from "#lib/domain/profile/profile";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { SeenDraftInput } from "#lib/schemas/profile";

type Version = {
  version: number;
  state: ProfileState;
  writtenAt: string;
  publishedAt: string | null;
  changes: Change[] | null;
  heldNodes: number;
};

export type VersionActs = {
  publish: (input: SeenDraftInput) => Promise<Result<unknown, Refusal>>;
  discard: (input: SeenDraftInput) => Promise<Result<unknown, Refusal>>;
};

type Props = {
  profile: { id: Id<"profile">; state: ProfileState };
  versions: readonly Version[];
  /** Absent for those who may only look. */
  acts?: VersionActs;
};

/** The versions of a profile, newest first, each with what it changed. */
export function VersionList({ profile, versions, acts }: Props) {
  return (
    <ol className="divide-y divide-line">
      {versions.map((version) => (
        <li key={version.version} className="flex flex-col gap-3 p-4">
          <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
            <h3 className="font-medium text-sm">Version {version.version}</h3>
            <ProfileVersionStateText state={version.state} />
            <p className="text-muted text-xs">
              {version.publishedAt ? "Published " : "Written "}
              <RelativeTime at={version.publishedAt ?? version.writtenAt} />
              {version.heldNodes > 0 && `, ${formatQuantity(version.heldNodes, "node")} held at it`}
            </p>
            {acts && version.state === "draft" && (
              <DraftActs profile={profile} version={version} versions={versions} acts={acts} />
            )}
          </div>
          <Changes changes={version.changes} />
        </li>
      ))}
    </ol>
  );
}

function DraftActs({ profile, version, versions, acts }: Required<Props> & { version: Version }) {
  const [pending, startTransition] = useTransition();
  const [refused, setRefused] = useState<string>();
  const seen = {
    profileId: profile.id,
    version: version.version,
    writtenAt: version.writtenAt,
  };
  const act = (send: () => Promise<Result<unknown, Refusal>>) =>
    startTransition(async () => setRefused(await whyRefused(send)));
  return (
    <>
      <span className="ml-auto flex flex-wrap gap-2">
        <Button
          size="sm"
          variant="danger-quiet"
          pending={pending}
          disabledReason={versions.length === 1 ? "The profile has no other terms." : null}
          onClick={() => act(() => acts.discard(seen))}
        >
          Discard
        </Button>
        <Button
          size="sm"
          variant="primary"
          pending={pending}
          disabledReason={
            profile.state === "draft"
              ? "Activate the profile: that publishes its first version."
              : version.changes?.length === 0
                ? "It changes nothing."
                : null
          }
          onClick={() => act(() => acts.publish(seen))}
        >
          Publish
        </Button>
      </span>
      {refused && (
        <div className="w-full">
          <FormMessage message={refused} />
        </div>
      )}
    </>
  );
}

function Changes({ changes }: { changes: readonly Change[] | null }) {
  if (changes === null) return null;
  if (changes.length === 0) {
    return <p className="text-muted text-sm">The same terms as the version before it.</p>;
  }
  return <ChangeList changes={changes} />;
}
