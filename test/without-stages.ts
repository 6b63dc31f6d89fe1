// Most tests are about tasks, not about stages: their runs have no research and no review.

const OFF = { research: { enabled: false }, review: { enabled: false } };

/** The same as text, for the section `orchestration` of a file. */
export const WITHOUT_STAGES_TEXT =
  'stages: { research: { enabled: false }, review: { enabled: false } }';

/**
 * Switches both off in a section `orchestration`, as far as it says nothing about them itself.
 *
 * @param section - The section.
 * @returns The section without them.
 */
export function withoutStages(section: object | null | undefined): object {
  const stages =
    section !== null && section !== undefined && 'stages' in section ? section.stages : {};
  return { ...section, stages: { ...OFF, ...(typeof stages === 'object' ? stages : {}) } };
}
