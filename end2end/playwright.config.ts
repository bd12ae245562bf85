import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { defineConfig } from '@playwright/test';

const chromium =
  process.env.TIDINGS_CHROMIUM ??
  execFileSync(join(__dirname, '../scripts/chromium'), { encoding: 'utf8' }).trim();

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  // Each test starts a server of its own, so files and tests may run in any order and side by side.
  fullyParallel: true,
  workers: 2,
  // A test that passes only the second time has found something.
  retries: 0,
  forbidOnly: !!process.env.CI,
  // Generous, because a development build of the page is large and the machine may be busy; nothing waits this long
  // when all is well.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: {
    // Without a film of every test, which would cost more than the tests themselves.
    trace: { mode: 'retain-on-failure', screenshots: false },
    screenshot: 'only-on-failure',
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    timezoneId: 'Europe/Lisbon',
    launchOptions: {
      executablePath: chromium,
      args: [
        '--no-sandbox',
        '--disable-quic',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        // A microphone that beeps, where none is.
        '--use-fake-device-for-media-stream',
      ],
    },
  },
});
