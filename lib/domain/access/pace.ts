/**
 * How much there may be in one minute: reads of one caller, by a browser's scripts and by all tokens together,
 * changes of one caller, by pages and by tokens each, and launches in one project.
 */
export const mostPerMinute = { read: 600, change: 60, launch: 5 } as const;

export type Paced = keyof typeof mostPerMinute;
