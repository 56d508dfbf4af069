import Markdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { CodeBlock } from "#components/ui/code-block";
import { TextLink } from "#components/ui/text-link";
import { classNames } from "#lib/client/class-names";

/**
 * Markdown that somebody wrote for others to read: a guide, a template's read me. HTML in it is left
 * out, and so are pictures, which would be fetched from elsewhere. `under` is the level of the heading
 * above it: its own begin one lower.
 */
export function MarkdownText({
  text,
  under,
  className,
}: {
  text: string;
  under: 1 | 2 | 3;
  className?: string;
}) {
  return (
    <div
      className={classNames(
        "flex max-w-prose flex-col gap-3 text-sm leading-6 [overflow-wrap:anywhere]",
        className,
      )}
    >
      <Markdown
        skipHtml
        remarkPlugins={[remarkGfm]}
        disallowedElements={["img"]}
        components={{ ...elements, ...headings(under) }}
      >
        {text}
      </Markdown>
    </div>
  );
}

const elements: Components = {
  a: ({ href = "", children }) =>
    href.startsWith("/") ? (
      <TextLink href={href}>{children}</TextLink>
    ) : (
      <a
        href={href}
        rel="noreferrer"
        className="underline decoration-control underline-offset-[3px]"
      >
        {children}
      </a>
    ),
  ul: ({ children }) => <ul className="list-disc pl-5">{children}</ul>,
  // A step after a block of code goes on counting.
  ol: ({ start, children }) => (
    <ol start={start} className="list-decimal pl-5">
      {children}
    </ol>
  ),
  li: ({ children }) => <li className="my-1">{children}</li>,
  code: ({ children }) => (
    <code className="rounded-sm bg-sunken px-1 py-0.5 font-mono text-xs">{children}</code>
  ),
  pre: ({ node }) => {
    const [code] = node?.children ?? [];
    const [content] = code?.type === "element" ? code.children : [];
    const lines = content?.type === "text" ? content.value.trimEnd() : "";
    return <CodeBlock code={lines} label={lines.split("\n", 1)[0] ?? "example"} />;
  },
  table: ({ node, children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section aria-label={`Table of ${columnsOf(node)}`} tabIndex={0} className="overflow-x-auto">
      <table className="w-full text-left text-xs leading-5">{children}</table>
    </section>
  ),
  th: ({ children }) => (
    <th scope="col" className="border-line border-b py-1 pr-4 font-medium text-faint">
      {children}
    </th>
  ),
  td: ({ children }) => <td className="border-line border-b py-1 pr-4 align-top">{children}</td>,
  blockquote: ({ children }) => (
    <blockquote className="border-control border-l-2 pl-3 text-muted">{children}</blockquote>
  ),
};

type HtmlNode = { type: string; value?: string; tagName?: string; children?: HtmlNode[] };

/** What a table's columns are called: several on one page are told apart by it. */
function columnsOf(table: HtmlNode | undefined): string {
  const cells = (node: HtmlNode): HtmlNode[] =>
    node.tagName === "th" ? [node] : (node.children ?? []).flatMap(cells);
  const text = (node: HtmlNode): string => node.value ?? (node.children ?? []).map(text).join("");
  return (table ? cells(table) : []).map(text).join(", ");
}

function headings(under: 1 | 2 | 3): Components {
  const High = `h${under + 1}` as "h2" | "h3" | "h4";
  const Low = `h${under + 2}` as "h3" | "h4" | "h5";
  const high: Components["h1"] = ({ children }) => (
    <High className="mt-3 font-semibold text-base">{children}</High>
  );
  const low: Components["h1"] = ({ children }) => (
    <Low className="mt-1 font-semibold text-sm">{children}</Low>
  );
  return { h1: high, h2: high, h3: low, h4: low, h5: low, h6: low };
}
