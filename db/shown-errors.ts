import { inspect } from "node:util";
import { DrizzleQueryError } from "drizzle-orm";
import pg from "pg";

// What a query that failed looks like wherever it is printed, as Next does by itself: drizzle puts its values into
// its message, and Postgres a whole row into its detail. Both can hold what nobody else is to read.

const values = ({ params }: DrizzleQueryError) => `\nparams: ${String(params)}`;

function showQuery(this: DrizzleQueryError): string {
  const { cause } = this;
  const why = cause instanceof Error ? `\ncaused by ${cause.name}: ${cause.message}` : "";
  return `${String(this.stack).replace(values(this), "")}${why}`;
}

function showAnswer(this: pg.DatabaseError): string {
  return String(this.stack);
}

// Several bundles may hold this module, and share the classes.
const isShown = (value: unknown) => ({ value, configurable: true });
Object.defineProperty(DrizzleQueryError.prototype, inspect.custom, isShown(showQuery));
Object.defineProperty(pg.DatabaseError.prototype, inspect.custom, isShown(showAnswer));
