import { CodeBlock, CommandBlock } from "#components/ui/code-block";
import { Panel } from "#components/ui/panel";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { curlOf } from "#lib/client/curl";
import { mostPerMinute } from "#lib/domain/access/pace";

type ProblemKind = { kind: string; status: number; title: string };

type Props = { origin: string; requestsPerMinute: number; problems: readonly ProblemKind[] };

const columns: Column<ProblemKind>[] = [
  {
    id: "kind",
    header: "Type ends in",
    rowHeader: true,
    cell: ({ kind }) => (
      <span id={`problem-${kind}`} className="scroll-mt-4 font-mono">
        {kind}
      </span>
    ),
  },
  { id: "status", header: "Status", cell: ({ status }) => status },
  { id: "title", header: "Means", cell: ({ title }) => title },
];

const fromTypeScript = `import { ingot } from "./ingot-client.ts";
const api = ingot({ token: process.env.INGOT_TOKEN ?? "" });
const params = { tenant: "acme", project: "research" };
for await (const { name, state } of api.each("listEnvironments", { params })) console.log(name, state);`;

/** What holds for every call: how to begin, and what an answer that is no says. */
export function ApiManners({ origin, requestsPerMinute, problems }: Props) {
  const first = curlOf({ method: "GET", url: `${origin}/api/v1/projects` });
  return (
    <>
      <Panel title="How to begin">
        <div className="flex max-w-prose flex-col gap-3 text-sm">
          <p>
            Make a token in <TextLink href="/account#tokens">your account</TextLink>, or for a
            service account under a project&rsquo;s Automation. Keep it in{" "}
            <code className="font-mono">INGOT_TOKEN</code>, then ask where it is good:
          </p>
          <CodeBlock code={first} label="First call" />
          <ul className="flex list-disc flex-col gap-1 pl-5">
            <li>
              What a token is let do is what its owner&rsquo;s role allows and its scopes include,
              at that moment. No token changes roles, people, tokens or secrets.
            </li>
            <li>
              A write that is answered with 202 is ordered, and not yet done: read the environment
              until its state is the one you wait for.
            </li>
            <li>
              With an <code className="font-mono">Idempotency-Key</code>, a write that is sent again
              within a day is done once and answered as it was the first time, but for a secret,
              which is told once. What was refused may be sent again with the same key.
            </li>
            <li>
              Lists come in pages: follow{" "}
              <code className="font-mono">Link: rel=&quot;next&quot;</code>, or put{" "}
              <code className="font-mono">next</code> into{" "}
              <code className="font-mono">?after=</code>.
            </li>
            <li>
              A token makes at most {requestsPerMinute} requests a minute;{" "}
              <code className="font-mono">RateLimit</code> says how many are left.
            </li>
            <li>
              All tokens of one owner together make at most {mostPerMinute.change} changes a minute
              and {mostPerMinute.read} reads, those of the owner’s browser counted in; a project
              launches at most {mostPerMinute.launch} environments:{" "}
              <code className="font-mono">Retry-After</code> says how long to wait.
            </li>
            <li>
              What comes to be so can be followed as it does, at{" "}
              <code className="font-mono">…/events</code>: server-sent events, each as a webhook is
              posted it. A stream counts as one request, and ends with its token.
            </li>
            <li>Cookies are not read here: a browser that is signed in has no standing.</li>
          </ul>
        </div>
      </Panel>
      <Panel
        title="From TypeScript"
        description="One file with a type for every call, made of the OpenAPI document. It needs nothing but fetch."
      >
        <div className="flex flex-col gap-3 text-sm">
          <CommandBlock
            command={`curl -o ingot-client.ts ${origin}/api/v1/client`}
            label="Fetch the client"
          />
          <CodeBlock code={fromTypeScript} label="Example of the client" />
        </div>
      </Panel>
      <Panel
        title="When the answer is no"
        description="application/problem+json (RFC 9457): detail says what is wrong and what to do, errors which field, requestId the entry of the audit log."
        padded={false}
      >
        <DataTable
          label="Kinds of problems"
          columns={columns}
          rows={[...problems]}
          rowKey={({ kind }) => kind}
          empty={null}
        />
      </Panel>
    </>
  );
}
