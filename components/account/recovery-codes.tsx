import { Button } from "#components/ui/button";
import { CodeBlock } from "#components/ui/code-block";
import { DownloadButton } from "#components/ui/download-button";

/** Ten recovery codes, which are readable here and never again. */
export function RecoveryCodes({ codes, done }: { codes: string[]; done: () => void }) {
  const text = codes.join("\n");
  return (
    <div className="flex max-w-sm flex-col gap-3 text-sm">
      <p>
        Keep these recovery codes where you find them without your devices. Each lets you in once
        when app and passkeys are lost. They are not shown again.
      </p>
      <CodeBlock code={text} label="Recovery codes" />
      <div className="flex flex-wrap gap-2">
        <Button variant="primary" onClick={done}>
          I have kept them
        </Button>
        <DownloadButton text={`${text}\n`} fileName="ingot-recovery-codes.txt">
          Save as a file
        </DownloadButton>
      </div>
    </div>
  );
}
