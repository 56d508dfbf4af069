import { healthRule } from "#lib/domain/health/rules";
import { wholeNode } from "#lib/domain/health/watch";

/** What is silenced, in words: "Too hot", "Every rule", "XID 79: … of GPU 3". */
export function silencedWords({ code, gpu }: { code: string | null; gpu: number | null }): string {
  const what = code === null ? "Every rule" : (healthRule(code)?.title ?? code);
  return gpu === null || gpu === wholeNode ? what : `${what}, GPU ${gpu}`;
}
