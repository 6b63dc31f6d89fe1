/** What a running attempt waits for: leave to do something. */
export const SCHEMA_005 = `
ALTER TABLE attempts ADD COLUMN blocked_on TEXT REFERENCES asks DEFERRABLE INITIALLY DEFERRED
  CONSTRAINT attempt_blocked_while_running CHECK (blocked_on IS NULL OR state IS 'running');
` as const;
