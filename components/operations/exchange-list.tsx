import { CodeBlock } from "#components/ui/code-block";
import { RelativeTime } from "#components/ui/relative-time";
import { StateBadge } from "#components/ui/state-text";

export type ExchangeView = {
  id: number;
  at: string;
  step: string | null;
  method: string;
  path: string;
  status: number | null;
  durationMs: number;
  requestBody: string | null;
  responseBody: string | null;
  error: string | null;
};

/** Requests to a controller and its answers, each to be opened; secrets were removed when they were kept. */
export function ExchangeList({ exchanges }: { exchanges: readonly ExchangeView[] }) {
  return (
    <section
      aria-label="Controller exchanges, one by one"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
      className="max-h-[28rem] overflow-y-auto focus-visible:-outline-offset-2"
    >
      <ul className="divide-y divide-line text-sm">
        {exchanges.map((exchange) => (
          <li key={exchange.id}>
            <details className="group">
              <summary className="flex cursor-pointer flex-wrap items-baseline gap-x-3 px-4 py-1.5 hover:bg-hover">
                <span className="w-12 font-mono text-muted text-xs">{exchange.method}</span>
                <code className="min-w-0 flex-1 break-all font-mono text-xs">{exchange.path}</code>
                <StateBadge {...outcomeOf(exchange)} className="text-xs" />
                <span className="w-16 text-right text-faint text-xs tabular-nums">
                  {exchange.durationMs} ms
                </span>
              </summary>
              <div className="flex flex-col gap-2 px-4 pb-3">
                <p className="text-muted text-xs">
                  Asked <RelativeTime at={exchange.at} />
                  {exchange.step && ` in step ${exchange.step}`}
                </p>
                {exchange.error && <p className="text-critical text-xs">{exchange.error}</p>}
                <Body label="Request" text={exchange.requestBody} />
                <Body label="Answer" text={exchange.responseBody} />
              </div>
            </details>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Body({ label, text }: { label: string; text: string | null }) {
  if (!text) return null;
  return (
    <div>
      <p className="text-faint text-xs">{label}</p>
      <CodeBlock code={text} label={label} />
    </div>
  );
}

/** IPMI answers with no number: what did not fail was done. */
function outcomeOf({ status, error }: ExchangeView) {
  if (status !== null) {
    return { kind: status < 400 ? "ok" : "critical", word: String(status) } as const;
  }
  return error === null
    ? ({ kind: "ok", word: "done" } as const)
    : ({ kind: "critical", word: "no answer" } as const);
}
