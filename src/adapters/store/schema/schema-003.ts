/** How long the agents of a run have worked, and how long when the present span began. */
export const SCHEMA_003 = `
ALTER TABLE runs ADD COLUMN worked_ms REAL NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN worked_since REAL NOT NULL DEFAULT 0;
` as const;
