/** What the merge queue knows of its changes, and what tells one check of a tree from another. */
export const SCHEMA_010 = `
ALTER TABLE runs ADD COLUMN trials TEXT NOT NULL DEFAULT '[]'
  CONSTRAINT run_trials_are_json CHECK (json_valid(trials));
ALTER TABLE verdicts ADD COLUMN flaky INTEGER NOT NULL DEFAULT 0
  CONSTRAINT verdict_flaky_flag CHECK (flaky IN (0, 1));
ALTER TABLE verdicts ADD COLUMN conditions TEXT;
` as const;
