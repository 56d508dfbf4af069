import type { Consequence } from "#components/ui/confirm-dialog";
import { formatCount, formatQuantity } from "#lib/client/format";
import type { EnvironmentCommand } from "#lib/domain/environment/state";
import type { EnvironmentDetail } from "#lib/schemas/environment-view";

type CommandDialog = {
  title: (environment: EnvironmentDetail) => string;
  description?: (environment: EnvironmentDetail) => string;
  /** What the act keeps, ends, wipes and frees, in that order. */
  consequences: (environment: EnvironmentDetail) => Consequence[];
  pendingLabel: string;
  danger: boolean;
  /** The name has to be typed: for what cannot be taken back. */
  typeName: boolean;
};

const nodes = (environment: EnvironmentDetail) => formatQuantity(environment.nodes, "node");

const kept = (environment: EnvironmentDetail): Consequence => ({
  verb: "Keeps",
  text: `${nodes(environment)} with host names and SSH keys. Your quota stays held.`,
});

/** The keys that nodes take by this, where they were changed since. */
function keysPutOn(environment: EnvironmentDetail, by: "start" | "reinstall"): Consequence[] {
  const due = environment.nodeList.filter(
    ({ keysDue, releasedAt }) => releasedAt === null && (keysDue === "start" || keysDue === by),
  );
  if (due.length === 0) return [];
  return [
    {
      verb: "Puts on",
      text: `The SSH keys as they are now, on ${formatQuantity(due.length, "node")}.`,
    },
  ];
}

const drives: Consequence = {
  verb: "Drives",
  text: "Ingot does not wipe them here; what the image does to them as it boots is the image's own.",
};

/** What is asked before a command is sent. A command that ends nothing has no dialog. */
export const commandDialogs: Partial<Record<EnvironmentCommand, CommandDialog>> = {
  stop: {
    title: ({ name }) => `Stop ${name}?`,
    consequences: (environment) => [
      kept(environment),
      {
        verb: "Ends",
        text: "Everything that runs on the nodes. Each is asked to shut down, then switched off.",
      },
      { verb: "Frees", text: "Nothing. Release it to give quota back." },
    ],
    pendingLabel: "Stopping…",
    danger: false,
    typeName: false,
  },
  restart: {
    title: ({ name }) => `Restart ${name}?`,
    consequences: (environment) => [
      kept(environment),
      {
        verb: "Ends",
        text: "Everything that runs on the nodes. Each is shut down, switched off and booted again.",
      },
      ...keysPutOn(environment, "start"),
      drives,
    ],
    pendingLabel: "Restarting…",
    danger: false,
    typeName: false,
  },
  reinstall: {
    title: ({ name }) => `Reinstall ${name}?`,
    description: ({ image }) =>
      `Every node boots ${image.name} ${image.version} for the first time.`,
    consequences: (environment) => [
      kept(environment),
      {
        verb: "Loses",
        text: "Everything on the systems as they are now. It cannot be brought back.",
      },
      ...keysPutOn(environment, "reinstall"),
      drives,
    ],
    pendingLabel: "Reinstalling…",
    danger: true,
    typeName: true,
  },
  abort: {
    title: ({ name }) => `Abort what is being done to ${name}?`,
    consequences: (environment) => [
      kept(environment),
      {
        verb: "Takes back",
        text: "What has been done on nodes that are not through yet. A step that must not be broken off is finished first.",
      },
      {
        verb: "Then",
        text: "The environment is failed: it can be tried again or released.",
      },
    ],
    pendingLabel: "Aborting…",
    danger: false,
    typeName: false,
  },
  release: {
    title: ({ name }) => `Release ${name}?`,
    consequences: (environment) => [
      { verb: "Keeps", text: "The log and the history of this page." },
      { verb: "Ends", text: "Everything that runs, and whatever is under way, at once." },
      {
        verb: "Wipes",
        text: `The drives of ${nodes(environment)}, before anyone else gets them. Nothing on them can be brought back.`,
      },
      { verb: "Frees", text: freed(environment) },
    ],
    pendingLabel: "Releasing…",
    danger: true,
    typeName: true,
  },
};

function freed(environment: EnvironmentDetail): string {
  const { gpus, gpuModels } = environment;
  const what = gpus > 0 ? `, ${formatCount(gpus)} ${gpuModels.join(" and ")} GPUs,` : "";
  return `The quota of ${nodes(environment)}${what} from this moment on.`;
}
