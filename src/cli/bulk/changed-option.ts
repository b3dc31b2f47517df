/** Whether two runs have the same pictures, options and version. */
import type { TableFacts } from './table.ts';

type Compared = Pick<TableFacts, 'form' | 'version' | 'pictures' | 'options' | 'shard' | 'by'>;

/**
 * The difference in words: `options: --write levels, now mask`; undefined without a difference. The index of
 * the shard may differ.
 * @param word stands before the value of `now`
 */
export function changedOption(before: Compared, now: Compared, word = 'now'): string | undefined {
  if (before.form !== now.form || before.version !== now.version) {
    return `version of hrm: ${before.version} (table form ${before.form}), ${word} ${now.version} (${now.form})`;
  }
  if (before.shard.count !== now.shard.count) {
    return `number of shards: ${before.shard.count}, ${word} ${now.shard.count}`;
  }
  const names = new Set([...Object.keys(before.options), ...Object.keys(now.options)]);
  const changed = [...names].filter((name) => before.options[name] !== now.options[name]);
  if (changed.length > 0) {
    const words = changed.map(
      (name) =>
        `--${name} ${before.options[name] ?? 'not given'}, ${word} ${now.options[name] ?? 'not given'}`,
    );
    return `options: ${words.join('; ')}`;
  }
  return before.pictures === now.pictures ? undefined : 'pictures: their files, sizes or order have changed';
}
