"use client";

import { useEffect, useEffectEvent, useState } from "react";
import { followLive, type LivePlace } from "#lib/client/live-stream";

const pollMs = 10_000;
const gatherMs = 250;

/**
 * Calls back whenever one of the topics may have changed: `environment:ID` of a project, or for
 * operators any topic, `fleet` being everything. Hints come over the page's one stream; while there is
 * none, it calls back every ten seconds. `changed` is told which topics; null where any may have. Gives whether
 * changes arrive live.
 */
export function useLive(
  topics: readonly string[],
  place: LivePlace,
  changed: (hinted: readonly string[] | null) => void,
): { live: boolean } {
  const [live, setLive] = useState(false);
  const tell = useEffectEvent(changed);
  const named = topics.join();
  const where = JSON.stringify(place);

  useEffect(() => {
    if (named === "") return;
    let gathering: ReturnType<typeof setTimeout> | undefined;
    let isLive = false;
    let hinted: string[] | null = [];
    // Several hints in one moment are one change.
    const hint = (topic: string | null) => {
      hinted = topic === null || hinted === null ? null : [...hinted, topic];
      gathering ??= setTimeout(() => {
        gathering = undefined;
        const told = hinted;
        hinted = [];
        tell(told);
      }, gatherMs);
    };
    const end = followLive(JSON.parse(where), {
      topics: named.split(","),
      onHint: hint,
      onLive(now) {
        isLive = now;
        setLive(now);
      },
    });
    const poll = setInterval(() => {
      if (!isLive && document.visibilityState === "visible") tell(null);
    }, pollMs);
    return () => {
      end();
      clearInterval(poll);
      clearTimeout(gathering);
    };
  }, [named, where]);

  return { live };
}

/**
 * Calls back with what a feed tells, and gives whether it is followed: while it is not, whoever shows
 * it has to ask. `sinceMs` is up to when that is known already. Nothing is followed without a topic.
 */
export function useFeed(
  topic: string | null,
  place: LivePlace,
  told: (data: unknown) => void,
  sinceMs: number | null = null,
): boolean {
  const [live, setLive] = useState(false);
  const tell = useEffectEvent(told);
  const known = useEffectEvent(() => sinceMs);
  const where = JSON.stringify(place);

  useEffect(() => {
    if (topic === null) return;
    const end = followLive(JSON.parse(where), {
      topics: [topic],
      sinceMs: () => known(),
      onFeed: (data) => tell(data),
      onLive: setLive,
    });
    return () => {
      end();
      setLive(false);
    };
  }, [topic, where]);

  return live;
}
