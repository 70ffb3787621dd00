CREATE TABLE "clients" (
	"room" text NOT NULL,
	"client" text NOT NULL,
	"user_id" text NOT NULL,
	"n" bigint NOT NULL,
	"seq" bigint NOT NULL,
	CONSTRAINT "clients_pkey" PRIMARY KEY("room","client")
);
--> statement-breakpoint
CREATE TABLE "commits" (
	"room" text NOT NULL,
	"seq" bigint NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"body" text NOT NULL,
	"blobs" jsonb,
	CONSTRAINT "commits_pkey" PRIMARY KEY("room","seq")
);
--> statement-breakpoint
CREATE TABLE "files" (
	"room" text NOT NULL,
	"file" text NOT NULL,
	"path" text NOT NULL,
	"text" text NOT NULL,
	"revision" bigint NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "files_pkey" PRIMARY KEY("room","file")
);
--> statement-breakpoint
CREATE TABLE "rooms" (
	"room" text PRIMARY KEY NOT NULL,
	"epoch" text NOT NULL,
	"seq" bigint NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_synced_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "clients" ADD CONSTRAINT "clients_room_rooms_room_fk" FOREIGN KEY ("room") REFERENCES "public"."rooms"("room") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "commits" ADD CONSTRAINT "commits_room_rooms_room_fk" FOREIGN KEY ("room") REFERENCES "public"."rooms"("room") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "files" ADD CONSTRAINT "files_room_rooms_room_fk" FOREIGN KEY ("room") REFERENCES "public"."rooms"("room") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "files_room_path" ON "files" USING btree ("room","path");