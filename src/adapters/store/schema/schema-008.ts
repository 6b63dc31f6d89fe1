/** What a check has counted, and what it is compared with; not known = NULL. */
export const SCHEMA_008 = `
ALTER TABLE verdicts ADD COLUMN tests TEXT
  CONSTRAINT verdict_tests_is_json CHECK (tests IS NULL OR json_valid(tests));
ALTER TABLE verdicts ADD COLUMN coverage REAL
  CONSTRAINT verdict_coverage_percent CHECK (coverage IS NULL OR coverage BETWEEN 0 AND 100);
ALTER TABLE verdicts ADD COLUMN counted_before TEXT
  CONSTRAINT verdict_before_is_json
    CHECK (counted_before IS NULL OR json_valid(counted_before));
` as const;
