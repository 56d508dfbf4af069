import { fleetRoute, tenantRoute } from "#lib/api/route";
import { reportOfUseQuery, reportOfUseShape } from "#lib/schemas/use";
import { askedReport } from "#lib/views/report-of-use";

const query = reportOfUseQuery.omit({ format: true });

const description =
  "Of the present month when none is named. Whole GPU-seconds: busy, idle and unknown add up to held.";

export const useRoutes = {
  getTenantUse: tenantRoute({
    method: "GET",
    path: "/use",
    permission: "tenant.use",
    tag: "Tenant",
    summary:
      "What the tenant held in a month, and what it cost, by project, environment or profile",
    description,
    query,
    response: reportOfUseShape,
    run: ({ db, by, query: asked }) => askedReport(db, by, asked),
  }),

  getFleetUse: fleetRoute({
    method: "GET",
    path: "/use",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "What was held in a month, by tenant, project, environment or profile",
    description,
    query,
    response: reportOfUseShape,
    run: ({ db, by, query: asked }) => askedReport(db, by, asked),
  }),
};
