import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { PageCalls } from "#components/api/page-calls";
import { ChangeTermsDialog } from "#components/profiles/change-terms-dialog";
import { MoveProfileMenu } from "#components/profiles/move-profile-menu";
import { ProfileStateText } from "#components/profiles/profile-state";
import { ShareProfileButton } from "#components/profiles/share-profile-button";
import { VersionList } from "#components/profiles/version-list";
import { ComparePanel } from "#components/ui/compare-panel";
import { KeyValueList } from "#components/ui/key-value-list";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { TextLink } from "#components/ui/text-link";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { timeToReadyWords } from "#lib/client/catalogue-words";
import { sharedWithWords } from "#lib/client/shared-with";
import { readSettings } from "#lib/config/env";
import { longestLeaseWords } from "#lib/domain/environment/lease";
import {
  allowedImagesWords,
  gpuSharingWords,
  pricePerHour,
  storageClassesWords,
} from "#lib/domain/profile/terms";
import { comparedVersions } from "#lib/schemas/compared-versions";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { profileDetail } from "#lib/views/profiles";
import {
  discardProfileDraftAction,
  draftProfileAction,
  moveProfileAction,
  publishProfileAction,
  shareProfileAction,
} from "../actions";

export const metadata: Metadata = { title: "Profile" };

export default async function ProfilePage({
  params,
  searchParams,
}: PageProps<"/fleet/profiles/[profileId]">) {
  const grant = await requireFleetGrant("fleet.read");
  const { profileId } = await params;
  const compared = comparedVersions.safeParse(await searchParams).data;
  const profile = await profileDetail(database(), grant, profileId, compared);
  if (!profile) notFound();
  const mayEdit = operatorMay(grant.operatorRole, "catalogue.edit");
  const { origin } = readSettings();
  const here = { profile: profile.id };
  const [newest] = profile.versions;
  const draft = newest?.state === "draft" ? newest : undefined;
  const seen = { version: draft?.version, writtenAt: draft?.writtenAt };
  return (
    <>
      <PageHeader
        title={profile.displayName}
        breadcrumbs={[
          { label: "Compute profiles", href: "/fleet/profiles" },
          { label: profile.name },
        ]}
        description={profile.description}
        meta={
          <>
            <ProfileStateText state={profile.state} />
            <span>Shared with {sharedWithWords(profile) ?? "nobody"}.</span>
          </>
        }
        actions={
          mayEdit && (
            <>
              <MoveProfileMenu profile={profile} move={moveProfileAction} size="md" />
              <ShareProfileButton profile={profile} share={shareProfileAction} />
              <ChangeTermsDialog
                // Filled anew when somebody has written other terms.
                key={newest?.writtenAt}
                profile={profile}
                images={profile.images}
                hasDraft={draft !== undefined}
                draft={draftProfileAction}
              />
            </>
          )
        }
      />
      <Panel
        title={`${profile.state === "active" ? "Offered: version" : "Version"} ${profile.version}`}
      >
        <KeyValueList
          columns={2}
          items={[
            {
              label: "A node",
              value:
                profile.gpusPerNode > 0
                  ? `${profile.gpusPerNode} × ${profile.gpuModel}`
                  : "no GPUs",
              hint: (
                <TextLink href={`/fleet/node-types/${profile.nodeType.id}`}>
                  {profile.nodeType.name}
                </TextLink>
              ),
            },
            { label: "Default image", value: profile.image },
            { label: "Allowed images", value: allowedImagesWords(profile.allowedImages) },
            { label: "Price", value: pricePerHour(profile.priceCents, profile.currency) },
            {
              label: "Longest lease",
              value: longestLeaseWords(profile.longestLeaseHours),
            },
            {
              label: "GPU sharing",
              value: gpuSharingWords[profile.gpuSharing],
              hint: "Told to hooks, providers and nodes, like the two below.",
            },
            { label: "Container runtime", value: profile.containerRuntime },
            { label: "Storage classes", value: storageClassesWords(profile.storageClasses) },
            { label: "Free nodes", value: profile.freeNodes },
            { label: "Held nodes", value: profile.heldNodes },
            { label: "Time to ready", value: timeToReadyWords(profile.timeToReady) },
            {
              label: "Templates",
              value:
                profile.templates.length === 0
                  ? "none takes nodes of it"
                  : profile.templates.map((template) => (
                      <TextLink
                        key={template.id}
                        href={`/fleet/templates/${template.id}`}
                        className="block"
                      >
                        {template.name}
                      </TextLink>
                    )),
            },
          ]}
        />
      </Panel>
      <Panel
        title="Versions"
        meta={String(profile.versions.length)}
        description="What is published never changes: a node is charged at the version it was taken at."
        padded={false}
      >
        <VersionList
          profile={profile}
          versions={profile.versions}
          acts={
            mayEdit
              ? { publish: publishProfileAction, discard: discardProfileDraftAction }
              : undefined
          }
        />
      </Panel>
      <ComparePanel
        versions={profile.versions.map(({ version }) => version)}
        compared={profile.comparison}
        isAsked={compared?.from !== undefined || compared?.to !== undefined}
      />
      <PageCalls
        calls={[
          { label: "Read it", call: apiCall("getProfile", origin, here) },
          ...(mayEdit
            ? [
                {
                  label: "Write a draft of other terms",
                  call: apiCall("draftProfile", origin, here),
                  body: { ...profile.terms, allowedImageIds: profile.terms.allowedImageIds ?? [] },
                },
                ...(draft && profile.state !== "draft"
                  ? [
                      {
                        label: "Publish the draft",
                        call: apiCall("publishProfile", origin, here),
                        body: seen,
                      },
                      {
                        label: "Discard the draft",
                        call: apiCall("discardProfileDraft", origin, here),
                        body: seen,
                      },
                    ]
                  : []),
                {
                  label: "Move it to another state",
                  call: apiCall("moveProfile", origin, here),
                  body: { to: "active" },
                },
                {
                  label: "Share it",
                  call: apiCall("shareProfile", origin, here),
                  body: { projectIds: ["PROJECT_ID"] },
                },
              ]
            : []),
        ]}
      />
    </>
  );
}
