/** One request that a service received. */
export type LoggedRequest = {
  at: string;
  method: string;
  path: string;
  /** Null while it is being answered, and when it never was. */
  status: number | null;
  durationMs: number | null;
};

export type RequestCounts = {
  total: number;
  /** Requests other than GET and HEAD, sessions left out: what could change the node. */
  mutating: number;
  unauthorized: number;
  /** The most that were being answered at the same time. */
  peakConcurrent: number;
};

const keptRequests = 300;

/** The last 300 requests of a service, and counts of all. */
export class RequestLog {
  readonly counts: RequestCounts = { total: 0, mutating: 0, unauthorized: 0, peakConcurrent: 0 };
  readonly entries: LoggedRequest[] = [];
  #concurrent = 0;

  open(method: string, path: string): LoggedRequest {
    const entry = { at: new Date().toISOString(), method, path, status: null, durationMs: null };
    this.entries.push(entry);
    if (this.entries.length > keptRequests) this.entries.shift();
    this.counts.total += 1;
    const isRead = method === "GET" || method === "HEAD";
    if (!isRead && !path.includes("/SessionService/")) this.counts.mutating += 1;
    this.#concurrent += 1;
    this.counts.peakConcurrent = Math.max(this.counts.peakConcurrent, this.#concurrent);
    return entry;
  }

  close(entry: LoggedRequest, status: number | null): void {
    entry.status = status;
    entry.durationMs = Date.now() - Date.parse(entry.at);
    if (status === 401) this.counts.unauthorized += 1;
    this.#concurrent -= 1;
  }
}
