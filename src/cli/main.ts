#!/usr/bin/env node
import { packageVersion } from '../util/package-version.ts';

process.stdout.write(`${packageVersion()}\n`);
