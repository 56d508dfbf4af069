import type { Id } from "#lib/domain/id";

/** What a feed has to say, and the resume point of one who has read it. */
export type FeedMessage = { data: object; id: number | null };

/** A figure or chart that pages show live. */
export type Feed = {
  /**
   * Feeds of one key say the same to everyone. It holds the place that the reader was let into, so
   * that nobody shares one with a stranger.
   */
  key: string;
  /** As the page calls it. */
  topic: string;
  /** The notices that concern it, as `heardBy` writes them. */
  hears: readonly string[];
  /** What is so now; of a chart, what one has to draw anew who knows all up to that moment. */
  read: (sinceMs: number | null) => Promise<FeedMessage | null>;
  /** The least time between two reads of what many nodes change; 0 where one node does. */
  gapMs: number;
};

/** The keys of those that hear of new samples: of the node in its environment, its host there, the environment, the node, the project, any. */
export const heardBy = {
  nodeOf: (environmentId: Id<"environment">, nodeId: Id<"node">) => `${environmentId} ${nodeId}`,
  hostOf: (environmentId: Id<"environment">, nodeId: Id<"node">) =>
    `host ${environmentId} ${nodeId}`,
  environment: (environmentId: Id<"environment">) => environmentId as string,
  node: (nodeId: Id<"node">) => nodeId as string,
  project: (projectId: Id<"project">) => projectId as string,
  fleet: "fleet",
};
