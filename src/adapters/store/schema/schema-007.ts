/** The pull request that offers a run, as JSON; none = NULL. */
export const SCHEMA_007 = `
ALTER TABLE runs ADD COLUMN offered_as TEXT
  CONSTRAINT run_offered_as_is_json CHECK (offered_as IS NULL OR json_valid(offered_as));
` as const;
