"use client";

import { useRouter } from "next/navigation";
import type { LivePlace } from "#lib/client/live-stream";
import { useLive } from "#lib/client/use-live";

/**
 * Renders a page of the fleet, or of a tenant, afresh when one of its topics changes; says so where hints do not
 * arrive.
 */
export function LiveRefresh({
  topics,
  place = "fleet",
}: {
  topics: readonly string[];
  place?: LivePlace;
}) {
  const router = useRouter();
  const { live } = useLive(topics, place, () => router.refresh());
  return <span className="text-faint text-xs">{live ? "Live" : "Refreshed every 10 s"}</span>;
}
