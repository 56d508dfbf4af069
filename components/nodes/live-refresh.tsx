"use client";

import { useRouter } from "next/navigation";
import { useLive } from "#lib/client/use-live";

/** Renders a fleet page afresh when one of its topics changes; says so where hints do not arrive. */
export function LiveRefresh({ topics }: { topics: readonly string[] }) {
  const router = useRouter();
  const { live } = useLive(topics, "fleet", () => router.refresh());
  return <span className="text-faint text-xs">{live ? "Live" : "Refreshed every 10 s"}</span>;
}
