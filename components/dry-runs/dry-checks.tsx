import { StateGlyph } from "#components/ui/state-text";
import type { DryCheck } from "#lib/domain/template/dry-run";

const looks = {
  ok: { kind: "ok", word: "Passes" },
  warn: { kind: "attention", word: "Note" },
  no: { kind: "critical", word: "Does not pass" },
} as const;

/** Each check of a version with its verdict, in words. */
export function DryChecks({ checks }: { checks: readonly DryCheck[] }) {
  return (
    <ul className="flex flex-col gap-2.5" aria-label="Checks">
      {checks.map(({ id, title, verdict, words }) => (
        <li key={id} className="grid grid-cols-[0.75rem_minmax(0,1fr)] gap-2 text-sm">
          <StateGlyph kind={looks[verdict].kind} className="mt-[5px]" />
          <div className="min-w-0 break-words">
            <span className="font-medium">{title}</span>{" "}
            <span className="sr-only">{looks[verdict].word}. </span>
            {words.length === 1 ? (
              <span className="text-muted">{words[0]}</span>
            ) : (
              <ul className="text-muted">
                {words.map((each) => (
                  <li key={each}>{each}</li>
                ))}
              </ul>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
