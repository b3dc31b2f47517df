import { expect, test } from 'vitest';
import { csv } from './csv.ts';

test('plain fields are unchanged, undefined is empty', () => {
  expect(csv([['a b', 1e-7, 0.1 + 0.2, true, undefined, '']])).toBe(
    'a b,1e-7,0.30000000000000004,true,,\r\n',
  );
  expect(csv([])).toBe('');
});

test('quotes commas, quotes and line ends', () => {
  expect(csv([['crow, or rook', 'the "jay"', 'two\nlines', 'cr\r'], ['owl']])).toBe(
    '"crow, or rook","the ""jay""","two\nlines","cr\r"\r\nowl\r\n',
  );
});

test('texts that a spreadsheet would evaluate start with an apostrophe, numbers do not', () => {
  expect(csv([['=1+2', '+1', '-car', '@x', '\ty', '\r', 'a=b', '\uff1dx', "'q"]])).toBe(
    "'=1+2,'+1,'-car,'@x,'\ty,\"'\r\",a=b,'\uff1dx,'q\r\n",
  );
  expect(csv([[-1, -1e-7, Number.NaN, '=HYPERLINK("x,y")']])).toBe(
    '-1,-1e-7,NaN,"\'=HYPERLINK(""x,y"")"\r\n',
  );
});
