/** A route of the API with its address filled in. */
export type ApiCall = { method: "GET" | "POST"; url: string };

/**
 * The command line that makes a call, ready to be pasted into a shell: the token is taken from
 * `INGOT_TOKEN`, so that it stays out of the shell's history.
 */
export function curlOf(
  call: ApiCall,
  input: { body?: unknown; keyed?: boolean; stream?: boolean } = {},
): string {
  const parts = [
    // What comes of a stream is to be shown as it comes.
    input.stream ? "curl -N" : call.method === "GET" ? "curl" : `curl -X ${call.method}`,
    `-H "Authorization: Bearer $INGOT_TOKEN"`,
    ...(input.keyed ? [`-H "Idempotency-Key: $(date +%s)-$$"`] : []),
    ...(input.body === undefined
      ? []
      : [
          "-H 'Content-Type: application/json'",
          `-d ${quoted(JSON.stringify(input.body, null, 2))}`,
        ]),
    quoted(call.url),
  ];
  return parts.join(" \\\n  ");
}

/** A word of a POSIX shell: within single quotes nothing but the quote itself means anything. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
