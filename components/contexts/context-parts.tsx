import { CodeBlock } from "#components/ui/code-block";
import { EmptyState } from "#components/ui/empty-state";
import { Panel } from "#components/ui/panel";
import type { ContextFile, ContextVariable } from "#lib/domain/context/context";

type Props = {
  context: { variables: readonly ContextVariable[]; files: readonly ContextFile[] };
};

/** Variables and files of a config context, for those who may only look. */
export function ContextParts({ context: { variables, files } }: Props) {
  return (
    <Panel title="Variables and files">
      {variables.length + files.length === 0 && (
        <EmptyState title="Neither yet">A fleet admin adds them here.</EmptyState>
      )}
      <div className="flex flex-col gap-4">
        {variables.length > 0 && (
          <CodeBlock
            label="Variables"
            code={variables.map(({ name, value }) => `${name}=${value}`).join("\n")}
          />
        )}
        {files.map(({ path, mode, content }) => (
          <div key={path} className="flex flex-col gap-1">
            <h3 className="break-all font-mono text-xs">
              {path} <span className="text-faint">{mode}</span>
            </h3>
            <CodeBlock label={path} code={content} />
          </div>
        ))}
      </div>
    </Panel>
  );
}
