import { CodeBlock } from "#components/ui/code-block";
import { Panel } from "#components/ui/panel";

const example = `POST /ingot HTTP/1.1
content-type: application/json
webhook-id: dlv_01m8h0neqx5y1rj1mktrq946sa
webhook-timestamp: 1795867200
webhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=

{
  "type": "environment.ready",
  "timestamp": "2026-11-28T12:00:00.000Z",
  "data": {
    "id": "ntf_01m8h0ncj19ks646hfczgmmh6p",
    "title": "llama-pretrain is ready",
    "text": "",
    "url": "https://ingot.example.com/aurora/projects/foundation/environments/env_…",
    "tenant": "aurora",
    "project": "foundation",
    "environment": "llama-pretrain",
    "environmentId": "env_…",
    "reason": null
  }
}`;

/** What a receiver gets and how it answers. */
export function MessagePanel() {
  return (
    <Panel
      title="What a receiver gets"
      description="As standardwebhooks.com says, whose libraries check the signature: HMAC-SHA256 over id, timestamp and body."
    >
      <div className="flex flex-col gap-3 text-sm">
        <CodeBlock code={example} label="Example of a message" />
        <p className="text-muted">
          Answer with any 2xx within 10 seconds. Everything else is tried again, after 10 seconds at
          first and then less and less often, for a day; 410 ends it at once. A message may come
          twice, with the same webhook-id. Redirects are not followed. The Slack-style form has one
          field, text.
        </p>
      </div>
    </Panel>
  );
}
