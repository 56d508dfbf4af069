import { CodeBlock } from "#components/ui/code-block";
import { Panel } from "#components/ui/panel";
import { TextLink } from "#components/ui/text-link";

const request = `POST /ingot HTTP/1.1
Ingot-Timestamp: 1790000000
Ingot-Signature: HMAC-SHA256 of "timestamp", a line feed and the body, hexadecimal
Idempotency-Key: hkr_01….0

{
  "version": 1, "key": "hkr_01….0", "turn": 0, "attempt": 1,
  "event": "deploy", "hook": "ticket", "point": "on_success",
  "operation": { "id": "opr_01…", "kind": "environment.launch",
    "state": "succeeded", "reason": null },
  "environment": { "id": "env_01…", "name": "train" },
  "tenant": "aurora", "project": "foundation",
  "nodes": [{ "hostname": "train-1", "group": "workers" }], "counts": { "workers": 1 },
  "profiles": { "workers": { "name": "gpu-8x-h200", "gpuSharing": "none",
    "containerRuntime": "runc", "storageClasses": [] } },
  "inputs": { "cost_centre": "4711" },
  "outputs": { "earlier-hook": {} },
  "state": null,
  "context": { "variables": { "QUEUE": "gpu" }, "secrets": { "TOKEN": "…" }, "files": [] }
}`;

const dryRun = `{ "version": 1, "key": "dcl_01….0", "dryRun": true, "event": "deploy", "hook": "ticket", … }

{ "key": "dcl_01….0", "answer": "done", "outputs": { "ticket": "OPS-1" }, "log": "A ticket would be opened." }`;

const answers = `{ "key": "hkr_01….0", "answer": "done", "outputs": { "ticket": "OPS-1" } }
{ "key": "hkr_01….0", "answer": "again", "after": 30, "reason": "waits for the team", "state": { "ticket": "OPS-1" } }
{ "key": "hkr_01….0", "answer": "failed", "reason": "No such cost centre" }
{ "key": "hkr_01….0", "answer": "transient", "reason": "The ticket system is down" }`;

const verify = `import { createHmac, timingSafeEqual } from "node:crypto";

const wanted = createHmac("sha256", secret).update(\`\${timestamp}\\n\${body}\`).digest();
const given = Buffer.from(signature, "hex");
const isFromIngot =
  given.length === wanted.length && timingSafeEqual(given, wanted) &&
  Math.abs(Date.now() / 1000 - timestamp) < 300;`;

/** What is asked of a provider and what it answers: all that its author needs to know. */
export function ContractPanel() {
  return (
    <Panel
      title="How a provider is asked"
      description="For whoever writes one. It takes an HTTPS server, a secret and one of four answers."
    >
      <div className="flex max-w-prose flex-col gap-3 text-sm">
        <p>
          <TextLink href="/docs/write-a-provider">Write a provider in ten minutes</TextLink> has a
          kit in plain Node that sees to all of this, two whole providers to begin from, and a check
          that asks yours, in whatever language it is, as Ingot does.
        </p>
        <p>
          It gets one signed request in JSON. The key is the same when the same question is asked
          again: after a crash of ours, after an answer that was lost. Remember what you did under a
          key, and answer it alike. The turn, with which the key ends, is the version of your state:
          when you have answered a later one, or the environment is released, answer 409.
        </p>
        <CodeBlock code={request} label="A request" />
        <p>Refuse what your secret did not sign, and what is older than five minutes.</p>
        <CodeBlock code={verify} label="Is it from Ingot?" />
        <p>
          Answer within 20 seconds, in JSON, with the request's key. <b>done</b> ends the hook; its
          outputs go to later hooks and, before the first boot, to the nodes, and where the hook
          declares some it has failed without them. <b>again</b> has you asked once more after so
          many seconds, with the state you gave and a new key; that goes on until the hook's time is
          over. The next hook that asks you about the environment, its release too, begins with the
          state that you gave last. <b>failed</b> ends it. <b>transient</b> is tried again as often
          as the hook says. A log of a few lines may come with each.
        </p>
        <CodeBlock code={answers} label="The four answers, one a line" />
        <CodeBlock code={dryRun} label="A dry run and an answer to it" />
        <ul className="flex list-disc flex-col gap-1 pl-5 text-muted">
          <li>
            A web page, other text, another key, 408, 429 or 5xx count as transient. A redirect is
            never followed; it, and any other 4xx, ends the hook as failed.
          </li>
          <li>
            An answer has at most 64 KiB, outputs 8,192 characters, a state 16,384, a log 4,000.
          </li>
          <li>An answer that comes when its operation has ended changes nothing.</li>
          <li>
            <b>event</b> is deploy, destroy for a release, action when somebody presses an action of
            a running environment (<b>action</b> has its name, label and inputs), and check when an
            operator asks how you are: answer done and do nothing. <b>operation</b> has its state
            and reason at the points after its end, as here, and neither before. <b>profiles</b>{" "}
            says of each group what its <TextLink href="/docs/compute-profiles">profile</TextLink>{" "}
            is meant for. Values of secret inputs are never sent.
          </li>
          <li>
            <b>context</b> is there when a{" "}
            <TextLink href="/docs/config-contexts">config context</TextLink> is attached to the
            provider. Its secrets are sent as they are, and hidden in whatever comes back, a state
            too.
          </li>
          <li>
            A provider that knows dry runs answers a check with <b>"dryRun": true</b> beside done.
            Only then is it asked what it would answer: a question like any other, with the same
            mark. Answer it, and change and remember nothing; done with outputs, even if they are
            examples, lets later hooks be tried too. It is asked once.
          </li>
        </ul>
      </div>
    </Panel>
  );
}
