// The programs that start in a moment: everything is tried with each, several at once.

import { describe } from 'vitest';

import { shareModel, testRealCli } from './conformance.testsuite.ts';
import { REAL_CLIS } from './real-clis.ts';

shareModel();
describe.concurrent.each(REAL_CLIS)('$name', testRealCli);
