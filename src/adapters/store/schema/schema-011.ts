/** What a run has of its base branch and of other people's commits, as JSON; NULL = what it started from. */
export const SCHEMA_011 = `
ALTER TABLE runs ADD COLUMN base TEXT
  CONSTRAINT run_base_is_json CHECK (base IS NULL OR json_valid(base));
` as const;
