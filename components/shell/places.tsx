import {
  Activity,
  Bell,
  BookOpen,
  BookText,
  Boxes,
  Braces,
  ChartColumn,
  ClipboardList,
  Cpu,
  Disc3,
  FolderGit2,
  Gauge,
  Grid3x3,
  HeartPulse,
  House,
  KeyRound,
  LayoutTemplate,
  ListChecks,
  Network,
  Plug,
  Server,
  Share2,
  ShieldCheck,
  SquareStack,
  Stamp,
  UserCog,
  UserRound,
  Users,
  Warehouse,
  Waypoints,
  Webhook,
} from "lucide-react";
import type { NavSection } from "#components/shell/nav-list";
import { Switcher } from "#components/shell/switcher";
import type { PaletteGroup } from "#components/ui/command-palette-window";

// Where one can go: the rail's sections, the switcher between fleet and tenants, and the same
// places for the command palette. What a role cannot open is not listed; whether it may be opened is
// asked there.

export type Place = { slug: string; name: string };

/** The rail of the operators. */
export function fleetSections(
  attention: { stuck: number; leftOver: number },
  alerts: { critical: number; warning: number },
): NavSection[] {
  return [
    {
      items: [
        { href: "/fleet", label: "Board", icon: <House aria-hidden="true" />, exact: true },
        { href: "/fleet/nodes", label: "Nodes", icon: <Server aria-hidden="true" /> },
        {
          href: "/fleet/onboarding",
          label: "Onboarding",
          icon: <ListChecks aria-hidden="true" />,
        },
        {
          href: "/fleet/operations",
          label: "Operations",
          icon: <Activity aria-hidden="true" />,
          badge: { count: attention.stuck, label: "stuck", kind: "critical" },
        },
        {
          href: "/fleet/hooks",
          label: "Approvals and hooks",
          icon: <Stamp aria-hidden="true" />,
          badge: { count: attention.leftOver, label: "left over", kind: "critical" },
        },
      ],
    },
    {
      label: "Telemetry",
      items: [
        {
          href: "/fleet/health",
          label: "Health",
          icon: <HeartPulse aria-hidden="true" />,
          badge:
            alerts.critical > 0
              ? { count: alerts.critical, label: "critical", kind: "critical" }
              : { count: alerts.warning, label: "warnings", kind: "attention" },
        },
        { href: "/fleet/gpus", label: "GPUs", icon: <Grid3x3 aria-hidden="true" /> },
        { href: "/fleet/use", label: "Use and idle", icon: <ChartColumn aria-hidden="true" /> },
      ],
    },
    {
      label: "Sites",
      items: [
        { href: "/fleet/racks", label: "Sites and racks", icon: <Warehouse aria-hidden="true" /> },
        { href: "/fleet/pools", label: "Pools", icon: <Network aria-hidden="true" /> },
        { href: "/fleet/fabrics", label: "Fabrics", icon: <Waypoints aria-hidden="true" /> },
      ],
    },
    {
      label: "Catalogue",
      items: [
        { href: "/fleet/node-types", label: "Node types", icon: <Cpu aria-hidden="true" /> },
        { href: "/fleet/images", label: "Images", icon: <Disc3 aria-hidden="true" /> },
        { href: "/fleet/profiles", label: "Profiles", icon: <SquareStack aria-hidden="true" /> },
        {
          href: "/fleet/templates",
          label: "Templates",
          icon: <LayoutTemplate aria-hidden="true" />,
        },
        { href: "/fleet/providers", label: "Providers", icon: <Plug aria-hidden="true" /> },
        {
          href: "/fleet/contexts",
          label: "Config contexts",
          icon: <Braces aria-hidden="true" />,
        },
        { href: "/fleet/sharing", label: "Sharing", icon: <Share2 aria-hidden="true" /> },
      ],
    },
    {
      label: "People",
      items: [
        { href: "/fleet/tenants", label: "Tenants", icon: <Boxes aria-hidden="true" /> },
        { href: "/fleet/people", label: "People", icon: <Users aria-hidden="true" /> },
        { href: "/fleet/operators", label: "Operators", icon: <UserCog aria-hidden="true" /> },
        { href: "/fleet/identity", label: "Sign-in", icon: <KeyRound aria-hidden="true" /> },
        { href: "/fleet/webhooks", label: "Webhooks", icon: <Webhook aria-hidden="true" /> },
        { href: "/fleet/audit", label: "Audit log", icon: <ClipboardList aria-hidden="true" /> },
      ],
    },
  ];
}

/** The rail of a tenant's people; `mayAudit` and `mayUse` for its owners and admins. */
export function tenantSections(
  tenant: string,
  projects: readonly Place[],
  mayAudit: boolean,
  mayUse: boolean,
): NavSection[] {
  const sections: NavSection[] = [
    {
      items: [
        { href: `/${tenant}`, label: "Overview", icon: <House aria-hidden="true" />, exact: true },
      ],
    },
  ];
  if (projects.length > 0) {
    sections.push({
      label: "Projects",
      items: projects.map((project) => ({
        href: `/${tenant}/projects/${project.slug}`,
        label: project.name,
        icon: <FolderGit2 aria-hidden="true" />,
      })),
    });
  }
  sections.push({
    label: "Tenant",
    items: [
      { href: `/${tenant}/members`, label: "Members", icon: <Users aria-hidden="true" /> },
      { href: `/${tenant}/quota`, label: "Quota", icon: <Gauge aria-hidden="true" /> },
      { href: `/${tenant}/approvals`, label: "Approvals", icon: <Stamp aria-hidden="true" /> },
      ...(mayUse
        ? [
            {
              href: `/${tenant}/use`,
              label: "Use and idle",
              icon: <ChartColumn aria-hidden="true" />,
            },
          ]
        : []),
      ...(mayAudit
        ? [
            {
              href: `/${tenant}/webhooks`,
              label: "Webhooks",
              icon: <Webhook aria-hidden="true" />,
            },
            {
              href: `/${tenant}/audit`,
              label: "Audit log",
              icon: <ClipboardList aria-hidden="true" />,
            },
          ]
        : []),
    ],
  });
  return sections;
}

/** The rail of the account page. */
export function accountSections(): NavSection[] {
  return [
    {
      items: [
        {
          href: "/account",
          label: "Account",
          icon: <UserRound aria-hidden="true" />,
          exact: true,
        },
        {
          href: "/account/notifications",
          label: "Notifications",
          icon: <Bell aria-hidden="true" />,
        },
        {
          href: "/account/access",
          label: "What you may do",
          icon: <ShieldCheck aria-hidden="true" />,
        },
        { href: "/docs", label: "Guides", icon: <BookOpen aria-hidden="true" />, exact: true },
        { href: "/docs/api", label: "API reference", icon: <BookText aria-hidden="true" /> },
      ],
    },
  ];
}

/** Fleet, tenants and their projects: where this person can switch to. */
export function PlaceSwitcher({
  current,
  isOperator,
  tenants,
}: {
  current: { name: string; detail?: string; href: string };
  isOperator: boolean;
  tenants: readonly (Place & { projects: readonly Place[] })[];
}) {
  const groups = [
    ...(isOperator
      ? [{ items: [{ name: "Fleet", href: "/fleet", current: current.href === "/fleet" }] }]
      : []),
    ...tenants.map((tenant) => ({
      heading: tenant.name,
      items: [
        {
          name: "Overview",
          href: `/${tenant.slug}`,
          current: current.href === `/${tenant.slug}`,
        },
        ...tenant.projects.map((project) => ({
          name: project.name,
          href: `/${tenant.slug}/projects/${project.slug}`,
        })),
      ],
    })),
  ];
  return <Switcher label="Tenant and project" current={current} groups={groups} />;
}

/** Every place of the rail and the switcher, for the command palette. */
export function paletteGroups(
  sections: readonly NavSection[],
  isOperator: boolean,
  tenants: readonly (Place & { projects: readonly Place[] })[],
): PaletteGroup[] {
  const pages = sections.flatMap((section) =>
    section.items.map((item) => ({ id: item.href, label: item.label, href: item.href })),
  );
  const elsewhere = [
    ...(isOperator ? [{ id: "fleet", label: "Fleet", href: "/fleet" }] : []),
    ...tenants.flatMap((tenant) => [
      { id: `tenant ${tenant.slug}`, label: tenant.name, href: `/${tenant.slug}`, hint: "tenant" },
      ...tenant.projects.map((project) => ({
        id: `project ${tenant.slug}/${project.slug}`,
        label: project.name,
        href: `/${tenant.slug}/projects/${project.slug}`,
        hint: tenant.name,
      })),
    ]),
    { id: "guides", label: "Guides", href: "/docs" },
    { id: "api reference", label: "API reference", href: "/docs/api" },
    { id: "account", label: "Account, keys and sessions", href: "/account" },
    { id: "notifications", label: "Notifications", href: "/account/notifications" },
    { id: "access", label: "What you may do, and why not", href: "/account/access" },
  ];
  return [
    { heading: "Pages", items: pages },
    { heading: "Go to", items: elsewhere },
  ];
}
