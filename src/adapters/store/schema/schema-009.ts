/** What is being taken out of a run's branch, and why that was done with a task's change; as JSON. */
export const SCHEMA_009 = `
ALTER TABLE runs ADD COLUMN undo TEXT
  CONSTRAINT run_undo_is_json CHECK (undo IS NULL OR json_valid(undo));
ALTER TABLE tasks ADD COLUMN taken_back TEXT
  CONSTRAINT task_taken_back_is_json CHECK (taken_back IS NULL OR json_valid(taken_back));
` as const;
