import {existsSync, readFileSync, statSync} from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '../../..');
const {homepage}: {homepage: string} = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));

/** Where the files and folders of this checkout are for a reader who has the package only. */
const PUBLISHED = `${homepage.replace(/#.*$/, '')}/`;

const withoutCode = (markdown: string) => markdown.replaceAll(/^( *)```[\s\S]*?^ *```$/gm, '').replaceAll(/`[^`\n]*`/g, '');

/** The targets of all links and images of a page, however they are written. */
export function linksOf(markdown: string): string[] {
  const text = withoutCode(markdown);
  const forms = [
    /\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g,
    /^\s*\[[^\]]+\]:\s*<?([^\s>]+)/gm,
    /<(https?:[^>\s]+)>/g,
    /\s(?:href|src)="([^"]*)"/g,
  ];
  return forms.flatMap(form => [...text.matchAll(form)].map(([, target]) => target));
}

/** The anchors of a page, as GitHub makes them. */
export function anchorsOf(markdown: string): string[] {
  const anchors: string[] = [];
  for (const [, heading] of markdown.replaceAll(/^( *)```[\s\S]*?^ *```$/gm, '').matchAll(/^#+ (.*)$/gm)) {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const anchor = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-');
    const before = anchors.filter(other => other.replace(/-\d+$/, '') === anchor).length;
    anchors.push(before ? `${anchor}-${before}` : anchor);
  }
  return anchors;
}

/**
 * What is wrong with a link of a page; undefined where it leads somewhere. A link to this repository is looked up in the checkout. Of links
 * to other sites only the form is checked: no other site can fail this.
 * @param page relative to `folder`
 * @param folder that of the package: a link that is not absolute stays within it
 */
export function faultOf(link: string, page: string, folder: string): string | undefined {
  const [target, anchor] = link.split('#');
  if (/^[a-z][\w+.-]*:/i.test(link)) {
    if (!/^https:/.test(link) || !URL.canParse(link)) return 'no https address';
    if (link === homepage || !link.startsWith(PUBLISHED)) return undefined;
    const [, kind, file] = /^(blob|tree)\/main\/(.+)$/.exec(target.slice(PUBLISHED.length)) ?? [];
    if (!file) return 'no file and no folder of the main branch';
    const to = path.join(ROOT, decodeURI(file));
    if (!existsSync(to)) return 'not in the repository';
    if ((kind === 'tree') !== statSync(to).isDirectory()) return `a ${kind} is something else`;
    return anchorFault(to, anchor);
  }
  const to = target ? path.resolve(folder, path.dirname(page), decodeURI(target)) : path.join(folder, page);
  if (path.relative(folder, to).startsWith('..')) return 'outside the package';
  return existsSync(to) ? anchorFault(to, anchor) : 'not there';
}

function anchorFault(file: string, anchor: string | undefined): string | undefined {
  if (!anchor) return undefined;
  if (!file.endsWith('.md')) return /^L\d+(-L\d+)?$/.test(anchor) ? undefined : 'an anchor of no page';
  return anchorsOf(readFileSync(file, 'utf8')).includes(anchor) ? undefined : 'no such heading';
}
