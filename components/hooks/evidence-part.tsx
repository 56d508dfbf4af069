import { CodeBlock } from "#components/ui/code-block";

/** One part of what a hook's run left: what went in, what came out, its log. */
export function EvidencePart({ title, code }: { title: string; code: string }) {
  return (
    <div>
      <h3 className="mb-1 text-faint text-xs">{title}</h3>
      <CodeBlock code={code} label={title} />
    </div>
  );
}
