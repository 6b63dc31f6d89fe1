// The same suite for OpenCode, for agents that are talked with over the Agent Client Protocol, and for
// our own agent. OpenCode takes seconds to start and half a gigabyte: of it a sample is tried, and
// never more than one at once.

import { describe } from 'vitest';

import { shareModel, testRealCli } from './conformance.testsuite.ts';
import { MORE_AGENTS } from './more-agents.ts';

shareModel();
describe.each(MORE_AGENTS)('$name', testRealCli);
