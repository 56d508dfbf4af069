"use client";

import type { Route } from "next";
import { useRouter } from "next/navigation";
import { useState } from "react";
import {
  type EditedGroup,
  GroupEditor,
  newGroup,
  newRowKey,
  type ProfileChoice,
} from "#components/templates/group-editor";
import type { ProviderChoice } from "#components/templates/hook-editor";
import { LaunchLogic } from "#components/templates/launch-logic";
import { NetworkPanel, networkOf } from "#components/templates/network-panel";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Input } from "#components/ui/input";
import { Panel } from "#components/ui/panel";
import { Textarea } from "#components/ui/textarea";
import { classNames } from "#lib/client/class-names";
import {
  actionOfEdited,
  editedAction,
  editedHook,
  editedInput,
  hookOfEdited,
  inputOfEdited,
} from "#lib/client/edited-template";
import { linesOf, optionalNumberOf, textOf } from "#lib/client/form-values";
import { useSubmission } from "#lib/client/use-submission";
import type { TemplateHook } from "#lib/domain/hook/hook";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { TemplateAction } from "#lib/domain/template/actions";
import { joinWords, splitWords } from "#lib/domain/template/command-line";
import type { TemplateInput } from "#lib/domain/template/inputs";
import type { TemplateBootConfig, TemplateNetwork } from "#lib/domain/template/template";
import type { CreateTemplateInput, TemplateGroupInput } from "#lib/schemas/template";

export type VersionInput = {
  description: string;
  readme: string;
  groups: TemplateGroupInput[];
  bootConfig: TemplateBootConfig;
  longestLeaseHours: number | null;
  network: TemplateNetwork;
  inputs: TemplateInput[];
  hooks: TemplateHook[];
  actions: TemplateAction[];
};

type Props = {
  profiles: readonly ProfileChoice[];
  providers: readonly ProviderChoice[];
  /** What the form begins with: the newest version, or what was chosen to begin from. */
  start?: {
    name?: string;
    description?: string;
    readme?: string;
    groups: readonly Omit<EditedGroup, "key">[];
    bootConfig: TemplateBootConfig;
    longestLeaseHours?: number | null;
    network: TemplateNetwork;
    inputs: readonly TemplateInput[];
    hooks: readonly TemplateHook[];
    actions: readonly TemplateAction[];
  };
} & (
  | {
      kind: "template";
      create: (
        input: CreateTemplateInput,
      ) => Promise<Result<{ templateId: Id<"template"> }, Refusal>>;
    }
  | {
      kind: "version";
      templateId: Id<"template">;
      add: (
        input: VersionInput & { templateId: Id<"template"> },
      ) => Promise<Result<unknown, Refusal>>;
      done?: () => void;
    }
);

/** A new template with its first version, or a further version of one. */
export function TemplateForm(props: Props) {
  const { profiles, providers, start } = props;
  const isNew = props.kind === "template";
  const router = useRouter();
  const submission = useSubmission();
  const [groups, setGroups] = useState<EditedGroup[]>(() =>
    start ? start.groups.map((group) => ({ ...group, key: newRowKey() })) : [newGroup(0)],
  );

  const [inputs, setInputs] = useState(() => (start?.inputs ?? []).map(editedInput));
  const [hooks, setHooks] = useState(() => (start?.hooks ?? []).map(editedHook));
  const [actions, setActions] = useState(() => (start?.actions ?? []).map(editedAction));

  const [openQuote, setOpenQuote] = useState<string>();

  function submit(form: FormData) {
    const commands = linesOf(form, "commands").map(splitWords);
    const open = commands.indexOf(undefined);
    setOpenQuote(open < 0 ? undefined : `Line ${open + 1}: a quote is not closed.`);
    if (!commands.every((words) => words !== undefined)) return;
    const version: VersionInput = {
      description: textOf(form, "description"),
      readme: textOf(form, "readme"),
      groups: groups.map(inputOf),
      bootConfig: {
        packages: linesOf(form, "packages"),
        commands,
      },
      longestLeaseHours: optionalNumberOf(form, "longestLeaseHours"),
      network: networkOf(form),
      inputs: inputs.map(inputOfEdited),
      hooks: hooks.map(hookOfEdited),
      actions: actions.map(actionOfEdited),
    };
    if (props.kind === "version") {
      submission.send(
        () => props.add({ ...version, templateId: props.templateId }),
        () => router.push(`/fleet/templates/${props.templateId}` as Route),
      );
      return;
    }
    submission.send(
      () => props.create({ ...version, name: textOf(form, "name") }),
      ({ templateId }) => router.push(`/fleet/templates/${templateId}` as Route),
    );
  }

  return (
    <form
      className="flex flex-col gap-5"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit(new FormData(event.currentTarget));
      }}
    >
      <Panel title="What tenants read">
        <div className="flex flex-col gap-4">
          <div className={classNames("grid gap-4", isNew && "md:grid-cols-[1fr_2fr]")}>
            {isNew && (
              <Field
                label="Name"
                required
                error={submission.errorOf("name")}
                hint="As in pytorch-training."
              >
                <Input
                  mono
                  name="name"
                  maxLength={60}
                  autoComplete="off"
                  defaultValue={start?.name}
                />
              </Field>
            )}
            <Field
              label="Description"
              optional
              error={submission.errorOf("description")}
              hint="One line on the catalogue's card."
            >
              <Input
                name="description"
                maxLength={300}
                autoComplete="off"
                defaultValue={start?.description}
              />
            </Field>
          </div>
          <Field
            label="Read me"
            optional
            error={submission.errorOf("readme")}
            hint="What it is for, what is installed, how one begins. In Markdown. An environment shows that of its own version."
          >
            <Textarea
              name="readme"
              rows={start?.readme ? 12 : 5}
              maxLength={10_000}
              defaultValue={start?.readme}
            />
          </Field>
        </div>
      </Panel>
      <Panel
        title="Groups of nodes"
        description="A launch chooses a number for each group between the fewest and the most."
      >
        <div className="flex flex-col gap-3">
          <GroupEditor
            groups={groups}
            profiles={profiles}
            errorOf={submission.errorOf}
            onChange={setGroups}
          />
          <FormMessage message={submission.errorOf("groups")} />
          <Field
            label="Longest lease"
            optional
            error={submission.errorOf("longestLeaseHours")}
            hint="In hours, as in 168 for a week. Empty for as long as the profiles allow; where both have a limit, the shorter one counts."
          >
            <Input
              type="number"
              name="longestLeaseHours"
              className="sm:max-w-40"
              min={1}
              max={8760}
              defaultValue={start?.longestLeaseHours ?? ""}
            />
          </Field>
        </div>
      </Panel>
      <NetworkPanel start={start?.network} />
      <Panel
        title="First boot"
        description="Added to what cloud-init does on every node. Both may stay empty. Commands find each input as INGOT_INPUT_NAME, and all of them with the outputs of hooks in /etc/ingot/launch.json."
      >
        <div className="grid gap-4 md:grid-cols-2">
          <Field
            label="Packages"
            optional
            error={firstError(submission.errorOf, "bootConfig.packages")}
            hint="One on each line."
          >
            <Textarea
              mono
              name="packages"
              rows={5}
              spellCheck={false}
              defaultValue={start?.bootConfig.packages.join("\n")}
            />
          </Field>
          <Field
            label="Commands"
            optional
            error={openQuote ?? firstError(submission.errorOf, "bootConfig.commands")}
            hint="One on each line, in words as a shell splits them, and run without one: sh -c '…' for more."
          >
            <Textarea
              mono
              name="commands"
              rows={5}
              spellCheck={false}
              defaultValue={start?.bootConfig.commands.map(joinWords).join("\n")}
            />
          </Field>
        </div>
      </Panel>
      <LaunchLogic
        inputs={inputs}
        hooks={hooks}
        actions={actions}
        providers={providers}
        errorOf={submission.errorOf}
        onInputs={setInputs}
        onHooks={setHooks}
        onActions={setActions}
      />
      <FormMessage message={submission.message} />
      <Button
        type="submit"
        variant="primary"
        className="self-start"
        pending={submission.pending}
        pendingLabel="Saving…"
      >
        {isNew ? "Create template" : "Create version"}
      </Button>
    </form>
  );
}

/** What is sent of a group: what it began from has more than an action takes. */
function inputOf(group: EditedGroup): TemplateGroupInput {
  const { name, role, profileId, minCount, defaultCount, maxCount } = group;
  return { name, role, profileId: profileId as Id<"profile">, minCount, defaultCount, maxCount };
}

/** The error of a list, or of its first line that has one. */
function firstError(errorOf: (field: string) => string | undefined, list: string) {
  const whole = errorOf(list);
  if (whole) return whole;
  for (let line = 0; line < 50; line++) {
    const error = errorOf(`${list}.${line}`) ?? errorOf(`${list}.${line}.0`);
    if (error) return `Line ${line + 1}: ${error}`;
  }
  return undefined;
}
