/** Asks a person a question of yes or no; `nobody` = there is no person to ask. */
export type Confirm = (question: string) => Promise<boolean | 'nobody'>;
