// Opens a page in Chromium without a network, and prints as JSON what a person or a screen reader would stumble over.
// node check_page.mjs FILE CHROMIUM
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [, , file, executablePath] = process.argv;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
// Chromium refuses its sandbox to the superuser, as whom containers run.
const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath, args });
const found = { console: [], requests: [], wider: {}, text: "", violations: [], pages: 0 };

async function open(width) {
  const context = await browser.newContext({ viewport: { width, height: 844 }, offline: true });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) found.console.push(message.text());
  });
  page.on("pageerror", (error) => found.console.push(String(error)));
  page.on("request", (request) => {
    if (!/^(file|data):/.test(request.url())) found.requests.push(request.url());
  });
  await page.goto(pathToFileURL(file).href);
  return page;
}

for (const width of [390, 768, 1280]) {
  const page = await open(width);
  found.wider[width] = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (width !== 768) {
    for (const details of await page.locator("details").all()) await details.evaluate((one) => (one.open = true));
    found.text = await page.evaluate(() => document.body.innerText);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    for (const { id, impact, nodes } of violations) {
      found.violations.push({ width, id, impact, at: nodes.slice(0, 3).map((node) => node.html.slice(0, 200)) });
    }
  }
  if (width === 1280) {
    const pdf = await page.pdf({ format: "A4", preferCSSPageSize: true });
    found.pages = (pdf.toString("latin1").match(/\/Type\s*\/Page\b/g) ?? []).length;
  }
}
await browser.close();
console.log(JSON.stringify(found));
