"use client";

import { useEffect, useEffectEvent, useState } from "react";

const pollMs = 10_000;
const gatherMs = 250;

/**
 * Calls back whenever one of the topics may have changed: `environment:ID` of a project, or for
 * operators any topic, `fleet` being everything. Hints come over one stream; while there is none,
 * it calls back every ten seconds. Gives whether changes arrive live.
 */
export function useLive(
  topics: readonly string[],
  place: { tenant: string; project: string } | "fleet",
  changed: () => void,
): { live: boolean } {
  const [live, setLive] = useState(false);
  const tell = useEffectEvent(changed);
  const query = new URLSearchParams(topics.map((topic) => ["topic", topic]));
  if (place !== "fleet") {
    query.set("tenant", place.tenant);
    query.set("project", place.project);
  }
  const url = topics.length > 0 ? `/api/live?${query}` : undefined;

  useEffect(() => {
    if (!url) return;
    let gathering: ReturnType<typeof setTimeout> | undefined;
    let isLive = false;
    const note = (now: boolean) => {
      isLive = now;
      setLive(now);
    };
    // Several hints in one moment are one change.
    const hint = () => {
      gathering ??= setTimeout(() => {
        gathering = undefined;
        tell();
      }, gatherMs);
    };
    const source = new EventSource(url);
    source.onopen = () => {
      note(true);
      hint(); // Whatever changed while there was no stream.
    };
    source.onmessage = hint;
    source.onerror = () => note(false);
    const poll = setInterval(() => {
      if (!isLive && document.visibilityState === "visible") tell();
    }, pollMs);
    return () => {
      source.close();
      clearInterval(poll);
      clearTimeout(gathering);
    };
  }, [url]);

  return { live };
}
