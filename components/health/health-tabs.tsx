import { Tabs } from "#components/ui/tabs";

type Tab = "open" | "handled" | "past" | "rules";

const items = [
  { tab: "open", href: "/fleet/health?tab=open", label: "Open" },
  { tab: "handled", href: "/fleet/health?tab=handled", label: "Acknowledged or silenced" },
  { tab: "past", href: "/fleet/health?tab=past", label: "Past" },
  { tab: "rules", href: "/fleet/health/rules", label: "Rules" },
] as const;

/** The parts of the pages of health, with how much is in those that ask for attention. */
export function HealthTabs({
  active,
  counts,
}: {
  active: Tab;
  counts: { open: number; handled: number };
}) {
  return (
    <Tabs
      label="Health"
      items={items.map(({ tab, href, label }) => ({
        ...{ href, label, active: tab === active },
        count: tab === "open" || tab === "handled" ? counts[tab] : null,
      }))}
    />
  );
}
