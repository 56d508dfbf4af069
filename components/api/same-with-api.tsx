import type { ReactNode } from "react";
import { CodeBlock } from "#components/ui/code-block";
import { TextLink } from "#components/ui/text-link";

export type SameWithApiProps = {
  /** What can be done here, each with the command that does it. */
  commands: readonly { label: string; command: string }[];
  /** What is to be known of what they send. */
  children?: ReactNode;
};

/** The call of the API that does what stands beside it: folded away until it is wanted. */
export function SameWithApi({ commands, children }: SameWithApiProps) {
  if (commands.length === 0) return null;
  return (
    <details className="min-w-0 text-sm">
      <summary className="w-fit cursor-pointer text-muted text-xs hover:text-ink">
        Same with the API
      </summary>
      <div className="mt-2 flex flex-col gap-3">
        {commands.map(({ label, command }) => (
          <div key={label} className="min-w-0">
            {commands.length > 1 && <p className="mb-1 text-muted text-xs">{label}</p>}
            <CodeBlock code={command} label={`Call: ${label}`} />
          </div>
        ))}
        {children}
        <p className="text-faint text-xs">
          <code className="font-mono">INGOT_TOKEN</code> is a token of yours, made in{" "}
          <TextLink href="/account#tokens">your account</TextLink>, or one of a service account. See
          the <TextLink href="/docs/api">API reference</TextLink>.
        </p>
      </div>
    </details>
  );
}
