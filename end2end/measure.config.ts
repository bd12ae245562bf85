import { defineConfig } from '@playwright/test';
import tests from './playwright.config';

/** What is measured or pictured, and so has no outcome that a test could check. */
export default defineConfig(tests, {
  testDir: 'measure',
  workers: 1,
  timeout: 600_000,
  reporter: [['line']],
  use: { trace: 'off', screenshot: 'off' },
});
