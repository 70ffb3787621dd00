ALTER TABLE "clients" ADD COLUMN "updated_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "rooms" ADD COLUMN "writer" text;--> statement-breakpoint
ALTER TABLE "rooms" ADD COLUMN "parts" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "rooms" ADD COLUMN "lineage" jsonb;--> statement-breakpoint
ALTER TABLE "rooms" ADD COLUMN "gaps" jsonb;