ALTER TABLE "rooms" ADD COLUMN "policy" jsonb;--> statement-breakpoint
CREATE INDEX "commits_chat" ON "commits" USING btree ("room","seq") WHERE position('"type":"chat"' in "commits"."body") > 0;