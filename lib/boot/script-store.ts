import type { BootWindow } from "#lib/boot/store";
import type { HookPoint, HookScript } from "#lib/domain/hook/hook";
import type { ScriptVerdict } from "#lib/domain/hook/script";
import type { Id } from "#lib/domain/id";

/** A script that a node is to run now, or runs. */
export type DueScript = {
  id: Id<"scriptRun">;
  /** Whose hooks' outputs it is given: an environment's, or of a dry run those before its own. */
  of: { environmentId: Id<"environment"> } | { dryRunId: Id<"dryRun">; position: number };
  hook: string;
  point: HookPoint;
  attempt: number;
  hostname: string;
  script: HookScript;
  /** How long it may run from now on: until its hook has to have ended. */
  secondsLeft: number;
  /** How long its hook may take in all. */
  seconds: number;
  /** The action behind which it stands, with what was entered; null where it runs by itself. */
  action: { name: string; inputs: Record<string, unknown> } | null;
  /**
   * The inputs that could be changed after the launch when the hook began, as they were then: null for one
   * without a value. Others, and secrets, are as the node was given them.
   */
  inputs: Record<string, unknown>;
  /** Values that are hidden in what the node sends, beside those of its window; null where there are none. */
  sealedSecrets: string | null;
};

/** Takes the end of a log that was held back, gives what is added now and what is held back. */
export type FoldLog = (sealedEnd: string | null) => { kept: string; sealedEnd: string | null };

/**
 * What the boot server asks of scripts. Everything is about one window's node: a script of another
 * node, one that has ended and one whose hook has ended do not exist for it.
 */
export type ScriptStore = {
  /** The script that the window's node is to begin next. */
  next: (window: BootWindow) => Promise<DueScript | undefined>;
  /**
   * Whether the script of a hook is under way in the window's operation, or for what the node belongs to, on
   * this node or on others; of a node that is lent to a dry run always.
   */
  isNear: (window: BootWindow) => Promise<boolean>;
  /** One that it was offered and has not ended. */
  find: (window: BootWindow, id: Id<"scriptRun">) => Promise<DueScript | undefined>;
  /** What hooks that have ended gave, by hook. */
  outputs: (script: DueScript) => Promise<Record<string, unknown>>;
  /**
   * True for the one runner that may run it, however often that one asks.
   * @param runner.isHeard Whether it lets itself be heard for as long as the script runs.
   */
  begin: (
    window: BootWindow,
    id: Id<"scriptRun">,
    runner: { name: string; isHeard: boolean },
  ) => Promise<boolean>;
  /**
   * Adds to the log of a running one what was sent from this byte on. A piece that was added already
   * is taken once. False when it is not running, or when a piece is missing before this one.
   */
  addToLog: (
    window: BootWindow,
    id: Id<"scriptRun">,
    piece: { offset: number; bytes: number; fold: FoldLog },
  ) => Promise<boolean>;
  /** Ends a running one, once. */
  end: (
    window: BootWindow,
    id: Id<"scriptRun">,
    end: { verdict: ScriptVerdict; fold: FoldLog },
  ) => Promise<boolean>;
  /**
   * Ends those running whose runner was not heard for `scriptLimits.unheardSeconds`, of all windows.
   * @param listenedSeconds For how long now each runner would have been heard: a silence that was longer
   * than this is nobody's fault yet.
   */
  endUnheard: (listenedSeconds: number) => Promise<void>;
};
