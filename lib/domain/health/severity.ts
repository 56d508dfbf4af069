/** How bad a reason of health is, the milder first. */
export const healthSeverities = ["warning", "critical"] as const;
export type HealthSeverity = (typeof healthSeverities)[number];
