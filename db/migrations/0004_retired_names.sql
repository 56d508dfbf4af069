DROP INDEX "nodes_name";--> statement-breakpoint
CREATE UNIQUE INDEX "nodes_name" ON "nodes" USING btree ("name") WHERE "nodes"."lifecycle" <> 'retired';