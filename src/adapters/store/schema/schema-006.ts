/** What was said about a plan before it was approved, and what the planner proposed with it. */
export const SCHEMA_006 = `
CREATE TABLE plan_messages (
  run         TEXT NOT NULL REFERENCES runs DEFERRABLE INITIALLY DEFERRED,
  number      INTEGER NOT NULL,
  revision    INTEGER NOT NULL,
  said_by     TEXT NOT NULL,
  name        TEXT NOT NULL,
  kind        TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  text        TEXT NOT NULL,
  proposal    TEXT,
  PRIMARY KEY (run, number),
  CONSTRAINT plan_message_numbered CHECK (number >= 1 AND revision >= 1),
  CONSTRAINT plan_message_said_by_known CHECK (said_by IN ('person', 'planner')),
  CONSTRAINT plan_message_kind_known CHECK (
    kind = 'said' OR kind = CASE said_by WHEN 'person' THEN 'rejected' ELSE 'unanswered' END),
  CONSTRAINT plan_message_proposal_by_planner CHECK (
    proposal IS NULL OR (said_by = 'planner' AND kind = 'said'))
) STRICT;
` as const;
