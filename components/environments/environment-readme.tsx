import { MarkdownText } from "#components/ui/markdown";
import type { EnvironmentDetail } from "#lib/schemas/environment-view";

type Props = {
  environment: Pick<EnvironmentDetail, "templateName" | "templateVersion" | "readme">;
};

/** The read me of the version that an environment was launched from, folded; nothing where it has none. */
export function EnvironmentReadme({ environment }: Props) {
  const { templateName, templateVersion, readme } = environment;
  if (!readme) return null;
  return (
    <details className="text-sm">
      <summary className="cursor-pointer text-muted">
        Read me of {templateName} version {templateVersion}
      </summary>
      <MarkdownText text={readme} under={1} className="mt-2" />
    </details>
  );
}
