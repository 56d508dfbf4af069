/**
 * How much there may be in one minute: changes of one caller, by pages and by tokens each, and launches in
 * one project.
 */
export const mostPerMinute = { change: 60, launch: 5 } as const;

export type Paced = keyof typeof mostPerMinute;
