import type { BrowserContext } from '@playwright/test';

/** Says only that the machine is busy, or that the page has no scripts. */
const SLOW_PRELOAD = /was preloaded using link preload but not used within a few seconds/;

/** Collects what pages complain about. A test fails on any of it that it did not announce. */
export class Complaints {
  private readonly heard: string[] = [];
  private readonly announced: RegExp[] = [SLOW_PRELOAD];

  listen(context: BrowserContext, whose: string): void {
    context.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        this.heard.push(`${whose}: ${message.text()} (${message.location().url})`);
      }
    });
    context.on('weberror', (error) => this.heard.push(`${whose}: ${error.error().stack ?? error.error().message}`));
  }

  /** This test provokes complaints that match. */
  expect(pattern: RegExp): void {
    this.announced.push(pattern);
  }

  unannounced(): string[] {
    return this.heard.filter((complaint) => !this.announced.some((pattern) => pattern.test(complaint)));
  }
}

/** What Chromium writes when a connection is lost or refused. */
export const LOST_CONNECTION = /WebSocket connection to .* failed|net::ERR_/;
