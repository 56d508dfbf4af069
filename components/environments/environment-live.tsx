"use client";

import { useRouter } from "next/navigation";
import type { Place } from "#lib/client/use-environment";
import { useLive } from "#lib/client/use-live";

/** Renders a list of environments afresh when one of them changes; says so where hints do not arrive. */
export function EnvironmentLive({ place, ids }: { place: Place; ids: readonly string[] }) {
  const router = useRouter();
  const topics = ids.map((id) => `environment:${id}`);
  const { live } = useLive(topics, place, () => router.refresh());
  if (ids.length === 0) return null;
  return <span className="text-faint text-xs">{live ? "Live" : "Refreshed every 10 s"}</span>;
}
