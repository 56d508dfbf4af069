"use client";

import { type ReactNode, useState, useTransition } from "react";
import type { ProviderChoice } from "#components/templates/hook-editor";
import { TemplateStateText } from "#components/templates/template-state";
import { Button } from "#components/ui/button";
import { ChangeList } from "#components/ui/change-list";
import { CodeBlock } from "#components/ui/code-block";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { FormMessage } from "#components/ui/form-message";
import { LinkButton } from "#components/ui/link-button";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { DataTable } from "#components/ui/table";
import { whyRefused } from "#lib/client/ask";
import { actionWords, groupRoleWords, hookWords, inputWords } from "#lib/client/catalogue-words";
import { formatQuantity } from "#lib/client/format";
import type { Change } from "#lib/domain/change";
import { leaseWords } from "#lib/domain/environment/lease";
import type { TemplateHook } from "#lib/domain/hook/hook";
import type { Id } from "#lib/domain/id";
import { networkWords } from "#lib/domain/pool/network-needs";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { TemplateAction } from "#lib/domain/template/actions";
import { joinWords } from "#lib/domain/template/command-line";
import type { TemplateInput } from "#lib/domain/template/inputs";
import {
  type NodeGroupRole,
  roleAgainstProfile,
  type TemplateBootConfig,
  type TemplateNetwork,
  type TemplateState,
} from "#lib/domain/template/template";
import type { MoveTemplateVersionInput } from "#lib/schemas/template";

export type VersionView = {
  id: Id<"templateVersion">;
  version: number;
  state: TemplateState;
  isOffered: boolean;
  createdAt: string;
  environments: number;
  description: string;
  bootConfig: TemplateBootConfig;
  longestLeaseHours: number | null;
  network: TemplateNetwork;
  inputs: TemplateInput[];
  hooks: TemplateHook[];
  actions: TemplateAction[];
  userData: string;
  groups: {
    name: string;
    role: NodeGroupRole;
    profile: string;
    profileState: string;
    gpusPerNode: number;
    minCount: number;
    defaultCount: number;
    maxCount: number;
  }[];
  /** Against the version before it; null for the first. */
  changes: Change[] | null;
  /** Why a draft cannot be published, and what would change that. */
  whyNotPublished: string | null;
};

type Props = {
  version: VersionView;
  /** The template's page. */
  href: string;
  providers: readonly ProviderChoice[];
  /** As the server renders it; absent where there is none. */
  readme?: ReactNode;
  /** Absent for those who may only look. */
  move?: (input: MoveTemplateVersionInput) => Promise<Result<unknown, Refusal>>;
};

/** One version of a template: what it launches, and whether it is offered. */
export function VersionPanel({ version, href, providers, readme, move }: Props) {
  const [pending, startTransition] = useTransition();
  const [refused, setRefused] = useState<string>();
  const { packages, commands } = version.bootConfig;
  const lease = version.longestLeaseHours;
  const network = networkWords(version.network);
  const boot = [
    ...packages.map((name) => `package ${name}`),
    ...commands.map((parts) => `run ${joinWords(parts)}`),
  ];
  return (
    <Panel
      title={`Version ${version.version}`}
      meta={<TemplateStateText state={version.state} />}
      description={
        <>
          Made <RelativeTime at={version.createdAt} />,{" "}
          {version.environments === 0
            ? "no environment runs it"
            : `${formatQuantity(version.environments, "environment")} from it`}
          .{version.isOffered && " It is what tenants launch now."}
          {network && ` Its environments get ${network}.`}
          {lease !== null && ` They stay for ${leaseWords(lease)} at most.`}
        </>
      }
      padded={false}
      actions={
        <>
          <LinkButton size="sm" href={`${href}/versions/${version.id}/dry-run`}>
            Dry run
          </LinkButton>
          {move && (
            <>
              {version.state === "draft" && (
                <Button
                  size="sm"
                  variant="primary"
                  pending={pending}
                  pendingLabel="Publishing…"
                  disabledReason={version.whyNotPublished}
                  reasonPlacement="beside"
                  onClick={() =>
                    startTransition(async () => {
                      setRefused(
                        await whyRefused(() =>
                          move({ templateVersionId: version.id, to: "published" }),
                        ),
                      );
                    })
                  }
                >
                  Publish
                </Button>
              )}
              {version.state !== "retired" && (
                <ConfirmDialog
                  trigger={
                    <Button size="sm" variant="danger-quiet">
                      Retire
                    </Button>
                  }
                  title={`Retire version ${version.version}?`}
                  consequences={[
                    {
                      verb: "Stops",
                      text: "new launches of it; an older published version takes its place.",
                    },
                    { verb: "Keeps", text: "every environment that was launched from it." },
                  ]}
                  confirmLabel="Retire version"
                  pendingLabel="Retiring…"
                  onConfirm={() =>
                    whyRefused(() => move({ templateVersionId: version.id, to: "retired" }))
                  }
                />
              )}
            </>
          )}
        </>
      }
    >
      {refused && (
        <div className="px-4 pt-3">
          <FormMessage message={refused} />
        </div>
      )}
      {(version.description || readme) && (
        <details className="border-line border-b px-4 py-3">
          <summary className="cursor-pointer text-muted text-sm">What tenants read</summary>
          {version.description && <p className="mt-2 text-sm">{version.description}</p>}
          {readme && <div className="mt-2">{readme}</div>}
        </details>
      )}
      {version.changes && <Differences version={version} changes={version.changes} />}
      <DataTable
        label={`Groups of version ${version.version}`}
        rows={version.groups}
        rowKey={(group) => group.name}
        columns={[
          {
            id: "name",
            header: "Group",
            rowHeader: true,
            cell: (group) => <span className="font-mono">{group.name}</span>,
          },
          {
            id: "role",
            header: "Role",
            cell: (group) => {
              const against = roleAgainstProfile(group);
              return (
                <>
                  {groupRoleWords[group.role]}
                  {against && (
                    <span className="text-attention">
                      {against === "missing" ? ", on nodes without a GPU" : ", on nodes with GPUs"}
                    </span>
                  )}
                </>
              );
            },
          },
          {
            id: "profile",
            header: "Profile",
            cell: (group) => (
              <>
                <span className="font-mono">{group.profile}</span>
                {group.profileState !== "active" && (
                  <span className="text-attention"> ({group.profileState})</span>
                )}
              </>
            ),
          },
          {
            id: "count",
            header: "Nodes",
            align: "end",
            cell: (group) =>
              group.minCount === group.maxCount
                ? group.minCount
                : `${group.minCount} to ${group.maxCount}, usually ${group.defaultCount}`,
          },
        ]}
      />
      {version.inputs.length > 0 && (
        <Lines title="Asked at launch" lines={version.inputs.map(inputWords)} />
      )}
      {version.hooks.length > 0 && (
        <Lines
          title="Hooks"
          lines={version.hooks.map((hook) =>
            hookWords(hook, providers.find((each) => each.id === hook.providerId)?.name),
          )}
        />
      )}
      {version.actions.length > 0 && (
        <Lines title="Actions" lines={version.actions.map(actionWords)} />
      )}
      {version.hooks.map(
        (hook) =>
          hook.script && (
            <Folded key={hook.name} title={`Script of ${hook.name}`} code={hook.script.text} />
          ),
      )}
      {boot.length > 0 && (
        <div className="border-line border-t p-4">
          <CodeBlock code={boot.join("\n")} label="First boot" />
        </div>
      )}
      <Folded title="What cloud-init is told at a first boot" code={version.userData} />
    </Panel>
  );
}

/** What it changed: open while it can still be thought over. */
function Differences({
  version,
  changes,
}: {
  version: Pick<VersionView, "version" | "state">;
  changes: readonly Change[];
}) {
  const before = `version ${version.version - 1}`;
  if (changes.length === 0) {
    return (
      <p className="border-line border-b px-4 py-3 text-muted text-sm">The same as {before}.</p>
    );
  }
  return (
    <details className="border-line border-b px-4 py-3" open={version.state === "draft"}>
      <summary className="cursor-pointer text-muted text-sm">
        {formatQuantity(changes.length, "difference")} from {before}
      </summary>
      <div className="mt-2">
        <ChangeList changes={changes} />
      </div>
    </details>
  );
}

function Lines({ title, lines }: { title: string; lines: readonly string[] }) {
  return (
    <div className="border-line border-t px-4 py-3">
      <h3 className="text-faint text-xs">{title}</h3>
      <ul className="mt-1 flex flex-col gap-0.5 text-sm">
        {lines.map((line) => (
          <li key={line} className="break-words">
            {line}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Folded({ title, code }: { title: string; code: string }) {
  return (
    <details className="border-line border-t px-4 py-3">
      <summary className="cursor-pointer text-muted text-sm">{title}</summary>
      <CodeBlock className="mt-2" code={code} label={title} />
    </details>
  );
}
