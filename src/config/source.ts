/** Where a value comes from; a later one wins. */
export type Source = 'default' | 'project' | 'person' | 'env' | 'flag';
