"use client";

import { ChevronDown } from "lucide-react";
import { useState, useTransition } from "react";
import { commandDialogs } from "#components/environments/command-dialogs";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { DropdownMenu, MenuItem } from "#components/ui/dropdown-menu";
import { FormMessage } from "#components/ui/form-message";
import { whyRefused } from "#lib/client/ask";
import { newRequestKey } from "#lib/client/request-key";
import { type EnvironmentCommand, nextState, statesAllowing } from "#lib/domain/environment/state";
import { stateLabels } from "#lib/domain/environment/words";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import { whileActing } from "#lib/domain/template/actions";
import type { OperateCommand } from "#lib/schemas/environment";
import type { EnvironmentDetail } from "#lib/schemas/environment-view";
import type { RetryHookInput } from "#lib/schemas/hook";

type Answer = Promise<Result<unknown, Refusal>>;
type Keyed = { requestKey: string; environmentId: Id<"environment"> };

/** What the page lets a person do; each writes the intent and answers at once. */
export type EnvironmentActs = {
  retryHook: (input: RetryHookInput) => Promise<Result<unknown, Refusal>>;
  operate: (input: Keyed & { command: OperateCommand }) => Answer;
  abort: (input: { environmentId: Id<"environment"> }) => Answer;
  retry: (input: Keyed) => Answer;
  release: (input: Keyed & { confirmName: string }) => Answer;
};

/** The one command that a state calls for; the others are in the menu. */
function mainCommand(environment: EnvironmentDetail): EnvironmentCommand | undefined {
  const wanted: EnvironmentCommand[] = ["retry", "start", "abort", "stop"];
  return wanted.find((command) => nextState(environment.state, command) !== undefined);
}

const inMenu = ["start", "stop", "restart", "reinstall", "abort", "retry"] as const;

/** The buttons of an environment. One that cannot be pressed says why, by the state table. */
export function EnvironmentActions({
  environment,
  acts,
  done,
}: {
  environment: EnvironmentDetail;
  acts: EnvironmentActs;
  done: () => void;
}) {
  const [asked, setAsked] = useState<EnvironmentCommand>();
  const [pending, startTransition] = useTransition();
  const [refusal, setRefusal] = useState<string>();
  const main = mainCommand(environment);

  /** Sends a command; gives why not, in words, or nothing when it is under way. */
  async function send(command: EnvironmentCommand): Promise<string | undefined> {
    const keyed = { requestKey: newRequestKey(), environmentId: environment.id };
    const refused = await whyRefused(() => sendTo(acts, command, keyed, environment.name));
    done();
    return refused;
  }

  function press(command: EnvironmentCommand) {
    setRefusal(undefined);
    if (commandDialogs[command]) return setAsked(command);
    startTransition(async () => setRefusal(await send(command)));
  }

  const dialog = asked && commandDialogs[asked];
  return (
    <>
      {main && (
        <Button
          variant={main === "retry" || main === "start" ? "primary" : "secondary"}
          pending={pending || (main === "abort" && environment.abortRequested)}
          pendingLabel={main === "abort" ? "Aborting…" : "Asking…"}
          disabledReason={reasonAgainst(environment, main)}
          onClick={() => press(main)}
        >
          {labels[main]}
        </Button>
      )}
      <DropdownMenu
        align="end"
        trigger={
          <Button icon={<ChevronDown aria-hidden="true" />} aria-label="More actions">
            More
          </Button>
        }
      >
        {inMenu
          .filter((command) => command !== main)
          .map((command) => (
            <MenuItem
              key={command}
              disabledReason={reasonAgainst(environment, command)}
              onSelect={() => press(command)}
            >
              {labels[command]}
            </MenuItem>
          ))}
      </DropdownMenu>
      <Button
        variant="danger-quiet"
        disabledReason={reasonAgainst(environment, "release")}
        onClick={() => press("release")}
      >
        {labels.release}
      </Button>
      <FormMessage message={refusal} />
      {asked && dialog && (
        <ConfirmDialog
          open
          onOpenChange={(open) => !open && setAsked(undefined)}
          title={dialog.title(environment)}
          description={dialog.description?.(environment)}
          consequences={dialog.consequences(environment)}
          confirmName={dialog.typeName ? environment.name : undefined}
          confirmLabel={labels[asked]}
          pendingLabel={dialog.pendingLabel}
          danger={dialog.danger}
          onConfirm={() => send(asked)}
        />
      )}
    </>
  );
}

const labels = {
  start: "Start",
  stop: "Stop",
  restart: "Restart",
  reinstall: "Reinstall",
  abort: "Abort",
  retry: "Try again",
  release: "Release",
} as const satisfies Record<EnvironmentCommand, string>;

function sendTo(acts: EnvironmentActs, command: EnvironmentCommand, keyed: Keyed, name: string) {
  switch (command) {
    case "abort":
      return acts.abort({ environmentId: keyed.environmentId });
    case "retry":
      return acts.retry(keyed);
    case "release":
      return acts.release({ ...keyed, confirmName: name });
    default:
      return acts.operate({ ...keyed, command });
  }
}

const isActing = ({ kind, state }: EnvironmentDetail["operations"][number]) =>
  kind === "environment.act" && state === "running";

/** What stands on the button of the action that is under way; null when none is. */
export function actingLabel({ operations }: EnvironmentDetail): string | null {
  return operations.find(isActing)?.action?.label ?? null;
}

/** Why a command cannot be given now; null when it can. */
export function reasonAgainst(
  environment: EnvironmentDetail,
  command: EnvironmentCommand,
): string | null {
  const may = command === "release" ? environment.may.release : environment.may.operate;
  if (!may) return "Your role in this project may look, but not act. Ask a project admin.";
  if (command === "abort" && environment.abortRequested) return "It is being taken back already.";
  const acting = actingLabel(environment);
  // A release ends whatever is under way.
  if (acting !== null && command !== "release" && command !== "abort") {
    const { reason, advice } = whileActing(acting);
    return `${reason} ${advice}`;
  }
  if (nextState(environment.state, command) !== undefined) return null;
  if (environment.state === "releasing") return "It is being released: nothing else can be done.";
  const allowed = statesAllowing(command).map((state) => stateLabels[state].toLowerCase());
  const list = [allowed.slice(0, -1).join(", "), allowed.at(-1)].filter(Boolean).join(" or ");
  return `It is ${stateLabels[environment.state].toLowerCase()}. This needs it to be ${list}.`;
}
