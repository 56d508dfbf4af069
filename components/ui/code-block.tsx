import type { ReactNode } from "react";
import { CopyButton } from "#components/ui/copy-button";
import { classNames } from "#lib/client/class-names";

export type CommandBlockProps = {
  /** One or more lines, as they are typed. */
  command: string;
  /** What it does: "Connect to gpu-01". */
  label: string;
  /** Shows the label over the command. */
  labelShown?: boolean;
  className?: string;
};

/** A command to run, with its copy button. */
export function CommandBlock({ command, label, labelShown, className }: CommandBlockProps) {
  return (
    <div className={classNames("min-w-0", className)}>
      {labelShown && <div className="mb-1 text-muted text-xs">{label}</div>}
      <CopyFrame label={`command: ${label}`} text={command}>
        {command.split("\n").map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one text have no other name
          <span key={index} className="block">
            <span aria-hidden="true" className="select-none text-faint">
              ${" "}
            </span>
            {line}
          </span>
        ))}
      </CopyFrame>
    </div>
  );
}

export type CodeBlockProps = { code: string; label: string; className?: string };

/** Text that is read rather than run: a file, JSON, a key. */
export function CodeBlock({ code, label, className }: CodeBlockProps) {
  return (
    <CopyFrame label={label} text={code} className={className}>
      {code}
    </CopyFrame>
  );
}

type CopyFrameProps = { label: string; text: string; className?: string; children: ReactNode };

function CopyFrame({ label, text, className, children }: CopyFrameProps) {
  return (
    <div
      className={classNames(
        "flex min-w-0 items-start rounded-md border border-line bg-sunken",
        className,
      )}
    >
      <section
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="max-h-96 min-w-0 flex-1 overflow-auto rounded-md focus-visible:-outline-offset-2"
      >
        <pre className="w-max min-w-full px-3 py-2 font-mono text-xs leading-5">{children}</pre>
      </section>
      <CopyButton value={text} label={label} className="m-1" />
    </div>
  );
}
