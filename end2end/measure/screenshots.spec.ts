import { join, resolve } from 'node:path';
import { DEMO_PASSWORD, Person } from '../support/people';
import { expect, test } from '../support/test';

const folder = resolve(__dirname, '../..', process.env.TIDINGS_SCREENSHOTS ?? 'target/screenshots');

test.use({ settings: { TIDINGS_DEMO: 'true' } });

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [390, 820, 1440]) {
    test(`screens at ${width} pixels, ${colorScheme}`, async ({ server, signedIn, stranger }) => {
      const options = { colorScheme, viewport: { width, height: width === 390 ? 844 : 900 }, deviceScaleFactor: 2 };
      const picture = (name: string) => join(folder, `${name}-${width}-${colorScheme}.png`);
      const ana = await Person.signIn(server, 'ana', 'Ana', DEMO_PASSWORD);

      const desk = await signedIn(ana, '/', options);
      const { page } = desk;
      await page.screenshot({ path: picture('inbox') });
      await desk.threads.getByRole('listitem').first().getByRole('link').click();
      await expect(desk.field).toBeVisible();
      await expect(desk.messages.getByRole('article').last()).toBeInViewport();
      await page.screenshot({ path: picture('thread') });
      for (const name of ['people', 'clients', 'settings', 'admin']) {
        await page.goto(`/${name}`);
        await desk.live();
        await page.screenshot({ path: picture(name) });
      }

      const outside = await stranger('/sign-in', options);
      await outside.page.screenshot({ path: picture('sign-in') });
    });
  }
}
