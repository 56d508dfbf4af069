/** How much of a controller's time and of ours one controller may cost. */
export type Limits = {
  /** From the first byte sent to the last byte received, whatever the controller does meanwhile. */
  requestTimeoutMs: number;
  /** Longest answer that is read. */
  maxAnswerBytes: number;
  /** Requests in flight at once: controllers are small computers. */
  maxConcurrent: number;
  /** GETs that one inventory may take; what is left out is named in `unread`. */
  maxInventoryReads: number;
  /** From its first read on; what one inventory has not read by then is left out, too. */
  inventoryDeadlineMs: number;
  /** The same of one look at the sensors or the logs. */
  maxLookReads: number;
  lookDeadlineMs: number;
  /** Parts that may fail to answer in time before the controller itself counts as silent. */
  maxTimeouts: number;
  /** Longest wait before the one repeat of a read that a busy controller put off. */
  busyWaitMs: number;
  /** Wait between reads when a setting that was accepted does not show yet. */
  settleMs: number;
  /** Longest time that a change the controller made a task of is waited for. */
  taskWaitMs: number;
  /** Longest wait between two looks at a task, whatever the controller asks for. */
  longestTaskPauseMs: number;
  /** Wait before an image that was not taken is offered again. */
  mediaPauseMs: number;
};

export const defaultLimits: Limits = {
  requestTimeoutMs: 10_000,
  maxAnswerBytes: 4 * 1024 * 1024,
  maxConcurrent: 2,
  maxInventoryReads: 142,
  inventoryDeadlineMs: 5 * 60_000,
  maxLookReads: 40,
  lookDeadlineMs: 60_000,
  maxTimeouts: 2,
  busyWaitMs: 2_000,
  settleMs: 1_000,
  taskWaitMs: 60_000,
  longestTaskPauseMs: 10_000,
  mediaPauseMs: 3_000,
};
