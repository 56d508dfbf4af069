import { CopyButton } from "#components/ui/copy-button";

/** A key's fingerprint, whole and on as many lines as it takes. */
export function Fingerprint({ value }: { value: string }) {
  return (
    <span className="inline-flex min-w-0 items-center gap-0.5">
      <code className="min-w-0 break-all font-mono text-xs">{value}</code>
      <CopyButton value={value} label="Fingerprint" />
    </span>
  );
}
