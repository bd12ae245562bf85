import AxeBuilder from '@axe-core/playwright';
import { furnish } from '../support/screens';
import { expect, test } from '../support/test';

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing serious on any screen, ${colorScheme}`, async ({ complaints, people, server, signedIn, stranger }) => {
    // It opens a dozen browsers, one after the other.
    test.slow();
    complaints.expect(/404 \(Not Found\).*\/nowhere/);
    const { inside, outside } = await furnish(server, people);
    const ana = await people.get('ana');
    for (const path of [...inside, ...outside]) {
      const desk = outside.includes(path) ? await stranger(path, { colorScheme }) : await signedIn(ana, path, { colorScheme });
      await desk.hydrated();
      const { violations } = await new AxeBuilder({ page: desk.page }).analyze();
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      const where = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => `${html} ${any[0]?.message ?? ''}`).join('\n  ')}`);
      expect.soft(where, path).toEqual([]);
      await desk.close();
    }
  });
}

test('one can sign in, choose a thread and write with the keyboard alone', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  await ana.threadWith(ben);
  const hers = await signedIn(ana);

  const link = hers.row(ben.name).getByRole('link');
  while (!(await link.evaluate((element) => element === document.activeElement))) await hers.page.keyboard.press('Tab');
  await hers.page.keyboard.press('Enter');
  await expect(hers.field).toBeFocused();
  await hers.page.keyboard.type('Typed without a mouse.');
  await hers.page.keyboard.press('Enter');

  await expect(hers.message('Typed without a mouse.')).toBeVisible();
});
